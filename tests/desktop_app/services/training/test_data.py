"""From a description of training data to batches and validation pictures."""

import json

import pytest
import torch
from PIL import Image

from desktop_app.services.training.data import DataConfig
from desktop_app.services.training.files import TrainingDataError
from desktop_app.services.training.sources import open_training_data
from desktop_app.services.training.thumbnails import noisy_shot
from scratch_layers.data.seeding import derived_generator
from scratch_layers.training.config import TrainingConfig


def fill(folder, count, size=(40, 48)):
    folder.mkdir(exist_ok=True)
    for number in range(count):
        Image.new("RGB", size, (number * 10, 100, 200)).save(folder / f"{number:02}.png")
    return folder


def photo_config(folder, **changes):
    return DataConfig(**{"kind": "photo", "folders": (str(folder),), "patch_size": 16, **changes})


def test_a_description_survives_json(tmp_path):
    config = photo_config(tmp_path, kind="pairs", sigma_255=(5.0, 20.0), markers=("_1", "_2"))
    assert DataConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "film"}, "not 'film'"),
        ({"folders": ()}, "at least one folder"),
        ({"patch_size": 0}, "patch of 0 pixels"),
        ({"sigma_255": (0.0, 80.0)}, "noise level 80 lies outside 0-75"),
        ({"sigma_255": (30.0, 20.0)}, "not from 30 to 20"),
        ({"validation_sigma_255": -1.0}, "noise level -1 lies outside"),
        ({"noise": "salt"}, "not 'salt'"),
        ({"kind": "pairs"}, "Pairs lie in two folders"),
        ({"kind": "pairs", "folders": ("a", "b"), "markers": ("_1", "_2")}, "in one with two"),
    ],
)
def test_impossible_descriptions_are_refused(tmp_path, change, sentence):
    with pytest.raises(TrainingDataError, match=sentence):
        photo_config(tmp_path, **change)


def test_json_of_another_shape_is_refused():
    with pytest.raises(TrainingDataError, match="cannot be used"):
        DataConfig.from_json({"kind": "photo"})
    with pytest.raises(TrainingDataError, match="cannot be used"):
        DataConfig.from_json({"kind": "photo", "folders": [], "sigma_255": [0, 1], "mood": 1})


def test_some_photos_are_held_out_for_validation(tmp_path):
    fill(tmp_path / "photos", 12)
    training = TrainingConfig(steps=1, batch_size=5)
    # Shot noise: among white noise there are photos made gray, whose values are others.
    config = photo_config(tmp_path / "photos", noise="poisson-gaussian")
    data = open_training_data(config, training)
    assert data.picture_count + len(data.examples) == 12
    learned = {
        round(float(value) * 255)
        for step in range(3)
        for value in data.batches.batch(step).target[:, 0, 0, 0]
    }
    held_out = {round(float(example.target[0, 0, 0]) * 255) for example in data.examples}
    assert len(learned) == data.picture_count
    assert held_out
    assert not learned & held_out


def test_a_handful_of_photos_is_validated_on_as_well(tmp_path):
    fill(tmp_path / "photos", 2)
    data = open_training_data(photo_config(tmp_path / "photos"), TrainingConfig(steps=1))
    assert data.picture_count == 2
    assert len(data.examples) == 2


def test_a_patch_that_does_not_fit_the_network_is_refused(tmp_path):
    fill(tmp_path / "photos", 2)
    with pytest.raises(TrainingDataError, match="patch of 20 pixels does not fit .* multiple of 8"):
        open_training_data(
            photo_config(tmp_path / "photos", patch_size=20), TrainingConfig(steps=1)
        )


def test_thumbnails_become_pairs_of_noisy_pictures(tmp_path):
    Image.new("RGB", (128, 64), (100, 120, 140)).save(tmp_path / "sheet.png")
    Image.new("RGB", (64, 32), (100, 120, 140)).save(tmp_path / "val.png")
    config = DataConfig(
        "miniproject", (str(tmp_path),), patch_size=32, sigma_255=(20.0, 20.0),
        validation_sigma_255=20.0,
    )  # fmt: skip
    training = TrainingConfig(steps=1, architecture="paper", batch_size=8)
    data = open_training_data(config, training)
    batch = data.batches.batch(0)
    assert data.picture_count == 8
    assert batch.noisy.shape == batch.target.shape == (8, 3, 32, 32)
    for shot in (batch.noisy, batch.target):
        assert float(shot.std(dim=(0, 2, 3)).mean()) * 255 == pytest.approx(20, rel=0.05)
    assert float((batch.noisy - batch.target).std()) * 255 == pytest.approx(28.3, rel=0.05)
    assert len(data.examples) == 2
    assert float(data.examples[0].target.std(dim=(1, 2)).max()) == 0


def test_a_noisy_shot_is_what_a_file_would_hold():
    photos = torch.full((2, 3, 40, 40), 250, dtype=torch.uint8)
    shot = noisy_shot(photos, 25.0, derived_generator(1))
    assert shot.dtype == torch.uint8
    assert shot.max() == 255
    assert torch.equal(shot, noisy_shot(photos, 25.0, derived_generator(1)))
    assert not torch.equal(shot, noisy_shot(photos, 25.0, derived_generator(2)))


@pytest.mark.parametrize("noise", ["gaussian", "poisson-gaussian", "camera"])
def test_every_noise_makes_batches_and_validation_pictures(tmp_path, noise):
    fill(tmp_path / "photos", 6)
    config = photo_config(tmp_path / "photos", noise=noise, sigma_255=(10.0, 30.0))
    data = open_training_data(config, TrainingConfig(steps=1, batch_size=2))
    batch = data.batches.batch(0)
    assert batch.noisy.shape == (2, 3, 16, 16)
    assert not torch.equal(batch.noisy, batch.target)
    assert len(data.examples) == 1
    assert data.examples[0].noisy.shape == (3, 48, 40)


def test_photos_become_mosaics_with_a_map_of_their_noise(tmp_path):
    fill(tmp_path / "photos", 6)
    config = photo_config(tmp_path / "photos", kind="raw", patch_size=32)
    recipe = TrainingConfig(architecture="mosaic-unet", steps=1, batch_size=2)
    data = open_training_data(config, recipe)
    batch = data.batches.batch(0)
    assert batch.noisy.shape == batch.target.shape == batch.sigma.shape == (2, 1, 16, 16)
    assert data.examples[0].noisy.shape == data.examples[0].sigma.shape == (1, 24, 16)
    with pytest.raises(TrainingDataError, match="multiple of 16"):
        open_training_data(photo_config(tmp_path, kind="raw", patch_size=24), recipe)


def test_photos_kept_aside_that_cannot_be_read_are_told(tmp_path):
    config, recipe = photo_config(fill(tmp_path / "photos", 6)), TrainingConfig(steps=1)
    data = open_training_data(config, recipe)
    assert data.notices == ()
    for name, _ in data.validation:
        path = tmp_path / "photos" / name
        path.write_bytes(path.read_bytes()[:-40])
    data = open_training_data(config, recipe)
    assert data.examples == []
    assert "can be read: nothing is measured" in data.notices[0]


def test_pairs_become_batches_and_validation_pictures(tmp_path):
    fill(tmp_path / "one", 6)
    fill(tmp_path / "two", 6)
    config = DataConfig(
        "pairs", (str(tmp_path / "one"), str(tmp_path / "two")), patch_size=16, clean_targets=True
    )
    data = open_training_data(config, TrainingConfig(steps=1, batch_size=2))
    batch = data.batches.batch(0)
    assert torch.equal(batch.noisy, batch.target)
    assert (data.picture_count, len(data.examples)) == (5, 1)


def test_noisy_photos_are_validated_on_their_own_neighbours(tmp_path):
    fill(tmp_path / "photos", 6)
    config = photo_config(tmp_path / "photos", kind="noisy")
    training = TrainingConfig(steps=1, batch_size=2, objective="neighbor2neighbor")
    data = open_training_data(config, training)
    assert data.batches.batch(0).choices.shape == (2, 8, 8)
    assert data.examples[0].noisy.shape == (3, 24, 16)


def test_one_photo_is_enough_to_adapt_to(tmp_path):
    Image.new("RGB", (50, 40), (9, 9, 9)).save(tmp_path / "photo.png")
    config = photo_config(tmp_path / "photo.png", kind="adapt", patch_size=64)
    training = TrainingConfig(steps=1, batch_size=2, objective="zero-shot")
    data = open_training_data(config, training)
    assert data.batches.batch(0).noisy.shape == (2, 3, 32, 32)
    assert data.examples == []


@pytest.mark.parametrize("size", [(8, 50), None])
def test_a_photo_that_cannot_be_adapted_to_is_named(tmp_path, size):
    if size is not None:
        Image.new("RGB", size).save(tmp_path / "photo.png")
    config = photo_config(tmp_path / "photo.png", kind="adapt", patch_size=64)
    with pytest.raises(TrainingDataError, match=r"photo\.png"):
        open_training_data(config, TrainingConfig(steps=1, objective="zero-shot"))


def test_an_objective_for_other_data_is_refused(tmp_path):
    config = photo_config(tmp_path, kind="noisy")
    with pytest.raises(TrainingDataError, match="for the objective neighbor2neighbor"):
        open_training_data(config, TrainingConfig(steps=1))
