"""Window and command line train alike, by one book of recipes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app.cli.runner import build_parser
from desktop_app.cli.train_options import run_config as config_of_arguments
from desktop_app.controllers.training_plan import TrainingPlan, adapting_config, run_config
from desktop_app.services.training.data import KINDS
from desktop_app.services.training.recipes import RECIPES, fitting_patch


def of_command_line(*words: str):
    return config_of_arguments(build_parser().parse_args(["train", *words]))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("clean", ("photo", "--data", "/p")),
        ("camera", ("photo", "--data", "/p", "--noise", "camera")),
        ("noisy", ("noisy", "--data", "/p")),
        ("pairs", ("pairs", "/p", "/q", "--clean-targets")),
    ],
)
def test_the_same_choices_give_the_same_run(data, words):
    plan = TrainingPlan(data=data, folder="/p", second_folder="/q", width="medium")
    from_window = run_config(plan)
    from_words = of_command_line(*words, "--minutes", "5", "--widths", "32,64,128", "--blocks", "2")
    assert from_words == from_window


def test_adapting_to_a_photo_is_the_same_too():
    assert of_command_line("adapt", "/photo.png") == adapting_config(
        Path("/photo.png"), 1000, "auto"
    )


def test_every_kind_of_data_has_its_recipe():
    assert set(RECIPES) == set(KINDS)


def test_what_a_person_says_goes_before_the_recipe():
    words = ("--batch", "3", "--lr", "0.5", "--clip", "0", "--average", "0.5", "--sigma", "9")
    config = of_command_line("photo", "--data", "/p", "--steps", "7", *words)
    training = config.training
    assert (training.batch_size, training.learning_rate, training.clip_norm) == (3, 0.5, None)
    assert (training.average_decay, training.steps, training.minutes) == (0.5, 7, None)
    assert config.data.sigma_255 == (9.0, 9.0)


def test_pretrained_weights_and_other_optimizers_learn_at_rates_of_their_own():
    recipe = RECIPES["photo"]
    fresh, tuned = (recipe.learning_rate(is_pretrained) for is_pretrained in (False, True))
    assert tuned < fresh
    assert replace(recipe, optimizer="adam").learning_rate(False) < fresh


@pytest.mark.parametrize(("side", "patch"), [(1000, 64), (64, 64), (63, 48), (5, 16)])
def test_patches_fit_a_small_photo(side, patch):
    assert fitting_patch(64, side) == patch
