"""``scratch-denoiser train`` and ``runs``."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.cli.training_display import stop_signals
from scratch_layers.models.card import read_card
from scratch_layers.training.checkpoint import load_checkpoint

ROOT = Path(__file__).parents[3]
TINY = ["--widths", "4", "--blocks", "1", "--batch", "2", "--patch", "16", "--threads", "1"]


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    generator = np.random.default_rng(0)
    for number in range(3):
        coarse = generator.integers(0, 256, (5, 6, 3), np.uint8)
        Image.fromarray(coarse).resize((48, 40)).save(folder / f"{number}.png")
    return folder


def test_training_on_photos_leaves_a_model_and_says_where(run_app, photos, tmp_path):
    run = tmp_path / "run"
    result = run_app(
        "train", "photo", "--data", photos, "--run", run, "--steps", 4, "--validate-every", 2,
        "--sigma", "10-30", *TINY,
    )  # fmt: skip
    assert result.code == 0
    assert "step 4: validation" in result.err
    assert f"Finished at step 4 (steps); see {run}" in result.err
    assert read_card(run / "model" / "run.json").noise["sigma_255"] == [10.0, 30.0]


def test_the_model_of_a_run_denoises(run_app, photos, tmp_path):
    run_app("train", "photo", "--data", photos, "--run", tmp_path / "run", "--steps", 2, *TINY)
    result = run_app(
        "denoise", photos / "0.png", "-o", tmp_path / "clean.png", "--sigma", 10,
        "--model", tmp_path / "run" / "model" / "run.safetensors",
    )  # fmt: skip
    assert result.code == 0
    with Image.open(tmp_path / "clean.png") as clean:
        assert clean.size == (48, 40)


def test_training_on_thumbnails_follows_the_paper(run_app, tmp_path):
    Image.new("RGB", (128, 64), (100, 120, 140)).save(tmp_path / "sheet_00.png")
    Image.new("RGB", (64, 32), (100, 120, 140)).save(tmp_path / "val.png")
    run = tmp_path / "run"
    result = run_app(
        "train", "miniproject", "--thumbnails", tmp_path, "--run", run, "--steps", 3, "--batch", 4
    )
    assert result.code == 0
    config = load_checkpoint(run / "last.safetensors").config
    assert (config.architecture, config.optimizer, config.loss) == ("paper", "sgd", "mse")


def test_a_run_goes_on_and_is_listed_and_deleted(run_app, photos, tmp_path, system_bin):
    run = tmp_path / "runs" / "first"
    run_app("train", "photo", "--data", photos, "--run", run, "--steps", 2, *TINY)
    result = run_app("train", "--resume", run, "--steps", 3)
    assert result.code == 0
    assert "Going on from step 2" in result.err
    listed = run_app("runs", tmp_path / "runs")
    assert "step 3 of 3 steps" in listed.out
    assert "finished" in listed.out
    wrong = run_app("runs", tmp_path / "runs", "--delete", "second")
    assert (wrong.code, run.exists()) == (1, True)
    assert "There is no run called second in" in wrong.err
    assert run_app("runs", tmp_path / "runs", "--delete", "first").code == 0
    assert not run.exists()
    assert (system_bin / "files" / "first" / "config.json").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["photo", "--data", "{photos}"], "needs an end: give a number of steps or minutes"),
        (["photo", "--data", "{empty}", "--steps", "1"], "There are no pictures in"),
        (["photo", "--data", "{photos}/nowhere", "--steps", "1"], "does not exist"),
        (["photo", "--data", "{photos}", "--steps", "1", "--patch", "64"], "fewer than a patch"),
        (["photo", "--data", "{photos}", "--steps", "1", "--patch", "20"], "does not fit"),
        (["photo", "--data", "{photos}", "--steps", "1", "--network", "x"], "no architecture"),
        (["photo", "--data", "{photos}", "--steps", "1", "--sigma", "9-80"], "outside 0-75"),
        (["photo", "--data", "{photos}", "--steps", "1", "--optimizer", "x"], "optimizer must be"),
        (["--resume", "{empty}"], "holds no training run"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(run_app, photos, tmp_path, arguments, sentence):
    (tmp_path / "empty").mkdir()
    places = {"photos": photos, "empty": tmp_path / "empty"}
    words = [word.format(**places) for word in arguments]
    run = [] if "--resume" in words else ["--run", tmp_path / "run"]
    result = run_app("train", *words, *run)
    assert result.code == 1
    assert sentence in result.err
    assert len(result.err.splitlines()) == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("words", [[], ["photo"], ["photo", "--data", "x", "--sigma", "loud"]])
def test_wrong_arguments_are_a_matter_of_usage(run_app, words):
    assert run_app("train", *words).code == 2


def test_a_run_folder_in_use_is_not_touched(run_app, photos, tmp_path):
    words = ["train", "photo", "--data", photos, "--run", tmp_path / "run", "--steps", 2, *TINY]
    run_app(*words)
    before = (tmp_path / "run" / "last.safetensors").read_bytes()
    result = run_app(*words)
    assert result.code == 1
    assert "holds a run already" in result.err
    assert (tmp_path / "run" / "last.safetensors").read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to a single process")
def test_an_interrupt_ends_with_a_checkpoint_and_code_130(photos, tmp_path):
    run = tmp_path / "run"
    command = [
        sys.executable, "-m", "desktop_app", "train", "photo", "--data", photos, "--run", run,
        "--steps", "100000", *TINY,
    ]  # fmt: skip
    process = subprocess.Popen(
        [str(word) for word in command], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert any(line.startswith("step 1 ") for line in process.stderr)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    step = load_checkpoint(run / "last.safetensors").progress.step
    assert f"Stopped at step {step}; go on with: scratch-denoiser train --resume {run}" in rest
    assert step > 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_first_signal_asks_and_a_second_one_ends(number):
    former, asked = signal.getsignal(number), []
    with stop_signals(lambda: asked.append(number)):
        signal.raise_signal(number)
        assert asked == [number]
        assert signal.getsignal(number) is former
    assert signal.getsignal(number) is former


def test_the_papers_experiment_is_one_command(run_app, tmp_path):
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 256, (64, 640, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "sheet.png")
    words = ["train", "paper", "--thumbnails", tmp_path, "--run", tmp_path / "out"]
    result = run_app(*words, "--epochs", 1, "--rates", "0.1,0.2", "--threads", 1)
    assert result.code == 0
    assert "| 0.2 |" in result.out
    again = run_app(*words, "--epochs", 1, "--rates", "0.1,0.2")
    assert again.out == result.out


def test_training_on_pairs_and_on_noisy_photos(run_app, photos, tmp_path):
    first = run_app(
        "train", "pairs", photos, photos, "--clean-targets", "--run", tmp_path / "pairs",
        "--steps", 1, *TINY,
    )  # fmt: skip
    second = run_app(
        "train", "noisy", "--data", photos, "--run", tmp_path / "noisy", "--steps", 1, *TINY
    )
    assert (first.code, second.code) == (0, 0)
    assert load_checkpoint(tmp_path / "noisy" / "last.safetensors").progress.step == 1


def test_adapting_to_a_photo_leaves_a_model(run_app, photos, tmp_path):
    words = ["train", "adapt", photos / "0.png", "--steps", 2, "--patch", 16, "--threads", 1]
    result = run_app(*words, "--run", tmp_path / "run")
    assert result.code == 0
    config = load_checkpoint(tmp_path / "run" / "last.safetensors").config
    assert (config.architecture, config.objective) == ("plain", "zero-shot")
    model = tmp_path / "run" / "model" / "run.safetensors"
    again = run_app(*words, "--run", tmp_path / "again", "--start-from", model)
    assert again.code == 0
    tuned = load_checkpoint(tmp_path / "again" / "last.safetensors").config
    assert tuned.learning_rate < config.learning_rate
