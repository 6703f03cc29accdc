"""Whatever the disk does while a file is written: the old file or the new one, and a sentence."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from desktop_app.services.errors import WriteError
from desktop_app.services.pictures import Picture, save_picture
from desktop_app.services.settings import Settings, save_settings
from scratch_layers.models import Denoiser, ModelCard, load_model, save_model
from scratch_layers.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.progress import Progress
from tests.faults import failing_disk, files_of_at_most

FAULTS = {
    "full disk": (errno.ENOSPC, "disk is full"),
    "permission lost": (errno.EACCES, "permission was denied"),
    "read-only": (errno.EROFS, "read-only"),
    "broken drive": (errno.EIO, "drive failed"),
    "network drive gone": (errno.ESTALE, "network drive is gone"),
}
ENDINGS = ("jpg", "png", "tif", "webp", "avif", "bmp", "ppm")

Write = Callable[[Path, int], object]


def picture(value: int, deep: bool = False) -> Picture:
    noise = np.random.default_rng(value).integers(0, 256, (64, 80, 3))
    return Picture(noise.astype(np.uint16) * 257 if deep else noise.astype(np.uint8))


def write_picture(ending: str) -> Write:
    return lambda folder, value: save_picture(picture(value), folder / f"a.{ending}", True)


def write_deep_picture(folder: Path, value: int) -> None:
    save_picture(picture(value, deep=True), folder / "deep.png", True)


def write_settings(folder: Path, value: int) -> None:
    save_settings(Settings(training_folder=str(value)), folder / "inside" / "settings.json")


def write_checkpoint(folder: Path, value: int) -> None:
    tensors = Denoiser.create("plain", {"widths": [4]}).network.state_dict()
    for tensor in tensors.values():
        tensor.fill_(value)
    config = TrainingConfig(steps=1)
    save_checkpoint(folder / "last.safetensors", Checkpoint(tensors, Progress(step=value), config))


WRITES: dict[str, Write] = {
    **{ending: write_picture(ending) for ending in ENDINGS},
    "16-bit png": write_deep_picture,
    "settings": write_settings,
    "checkpoint": write_checkpoint,
}


def contents(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def attempt(write: Write, folder: Path, words: str) -> None:
    """Write version 2; whatever is raised must say what the system did."""
    with contextlib.suppress(OSError):
        try:
            write(folder, 2)
        except WriteError as error:
            sentence = str(error)
        else:
            return
        assert re.fullmatch(r"[^\n]+\.", sentence)
        assert words in sentence


def operations_of(write: Write, folder: Path) -> int:
    with failing_disk(folder, 0) as disk:
        write(folder, 2)
    assert {"open", "os.rename"} <= set(disk.operations)
    return len(disk.operations)


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", WRITES)
def test_every_operation_of_every_write_may_fail(tmp_path, kind, fault, lasting):
    write, (error_number, words) = WRITES[kind], FAULTS[fault]
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder, 1)
    old = contents(folder)
    count = operations_of(write, folder)
    new = contents(folder)
    assert old.keys() == new.keys()
    for number in range(count):
        shutil.rmtree(folder)
        folder.mkdir()
        write(folder, 1)
        with failing_disk(folder, error_number, number, lasting=lasting) as disk:
            attempt(write, folder, words)
        assert disk.failures
        left = contents(folder)
        assert left in (old, new), f"after operation {number}, {disk.operations[number]}"


@pytest.mark.skipif(os.name != "posix", reason="only POSIX limits the size of files")
@pytest.mark.parametrize("kind", WRITES)
def test_the_system_may_refuse_any_part_of_a_file(tmp_path, kind):
    write = WRITES[kind]
    write(tmp_path, 2)
    (size,) = (len(data) for data in contents(tmp_path).values())
    write(tmp_path, 1)
    old = contents(tmp_path)
    for limit in {0, 1, size // 3, size // 2, size - 1}:
        with files_of_at_most(limit), pytest.raises((WriteError, OSError)) as caught:
            write(tmp_path, 2)
        if isinstance(caught.value, WriteError):
            assert "too large for this disk" in str(caught.value)
        else:
            assert caught.value.errno == errno.EFBIG
        assert contents(tmp_path) == old


def test_a_model_is_always_one_that_can_be_loaded(tmp_path):
    def save(folder: Path, value: int) -> None:
        denoiser = Denoiser.create("plain", {"widths": [4]})
        for _, parameter in denoiser.network.named_parameters():
            parameter.value.fill_(value)
        save_model(folder, denoiser, ModelCard(name="own", title=str(value)))

    save(tmp_path, 1)
    for fault, lasting in ((fault, lasting) for fault in FAULTS for lasting in (False, True)):
        error_number, words = FAULTS[fault]
        for number in range(operations_of(save, tmp_path)):
            save(tmp_path, 1)
            with failing_disk(tmp_path, error_number, number, lasting=lasting):
                attempt(save, tmp_path, words)
            denoiser, card = load_model(tmp_path / "own.safetensors")
            values = {float(value) for _, p in denoiser.network.named_parameters()
                      for value in p.value.flatten()}  # fmt: skip
            assert values == {float(card.title)}


def test_a_checkpoint_is_always_whole(tmp_path):
    write_checkpoint(tmp_path, 1)
    with failing_disk(tmp_path, errno.ESTALE, 1, lasting=True), pytest.raises(OSError, match=r"."):
        write_checkpoint(tmp_path, 2)
    assert load_checkpoint(tmp_path / "last.safetensors").progress.step == 1
