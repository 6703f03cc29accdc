"""Whenever the power goes while something is saved: the old version or the new, never neither."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from desktop_app.services.pictures import Picture, open_picture, save_picture
from desktop_app.services.settings import Settings, load_settings, save_settings
from scratch_layers.models import Denoiser, ModelCard, load_model, save_model
from scratch_layers.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.progress import Progress
from tests.power_loss import check_every_state, recording

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only POSIX syncs folders")


def write_picture(folder: Path, version: int) -> None:
    save_picture(Picture(np.full((40, 40, 3), version, np.uint8)), folder / "a.png", True)


def picture_in(folder: Path) -> int:
    return int(open_picture(folder / "a.png").samples[0, 0, 0])


def write_settings(folder: Path, version: int) -> None:
    save_settings(Settings(memory_budget_mb=100 + version), folder / "settings.json")


def settings_in(folder: Path) -> int:
    return load_settings(folder / "settings.json")[0].memory_budget_mb - 100


def denoiser(version: int) -> Denoiser:
    result = Denoiser.create("plain", {"widths": [4]})
    for _, parameter in result.network.named_parameters():
        parameter.value.fill_(version)
    return result


def write_checkpoint(folder: Path, version: int) -> None:
    tensors = denoiser(version).network.state_dict()
    config = TrainingConfig(steps=9)
    save_checkpoint(
        folder / "last.safetensors", Checkpoint(tensors, Progress(step=version), config)
    )


def checkpoint_in(folder: Path) -> int:
    checkpoint = load_checkpoint(folder / "last.safetensors")
    values = {float(value) for tensor in checkpoint.tensors.values() for value in tensor.flatten()}
    assert values == {float(checkpoint.progress.step)}
    return checkpoint.progress.step


def write_model(folder: Path, version: int) -> None:
    save_model(folder, denoiser(version), ModelCard(name="own", title=str(version)))


def model_in(folder: Path) -> int:
    loaded, card = load_model(folder / "own.safetensors")
    values = {
        float(value)
        for tensor in loaded.network.state_dict().values()
        for value in tensor.flatten()
    }
    assert values == {float(card.title)}
    return int(card.title)


@pytest.mark.parametrize(
    ("write", "version_in"),
    [
        (write_picture, picture_in),
        (write_settings, settings_in),
        (write_checkpoint, checkpoint_in),
        (write_model, model_in),
    ],
    ids=["picture", "settings", "checkpoint", "model"],
)
def test_every_state_that_a_disk_may_hold_opens(
    tmp_path: Path, write: Callable[[Path, int], None], version_in: Callable[[Path], int]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder, 1)
    with recording(folder) as recorder:
        write(folder, 2)
    assert check_every_state(recorder, tmp_path / "rebuilt", version_in, 1, 2) > 3
