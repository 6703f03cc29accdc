"""Checkpoints on disk."""

import errno
import os

import pytest
import torch

from scratch_layers.errors import WeightsError
from scratch_layers.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.progress import Progress
from scratch_layers.weights import save_weights


def checkpoint(step=3):
    return Checkpoint(
        {"network/weight": torch.full((2, 2), float(step))},
        Progress(step=step, elapsed_seconds=1.25, best_psnr=20.5, best_step=2),
        TrainingConfig(steps=10, configuration={"widths": [4]}),
    )


def test_a_checkpoint_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "last.safetensors"
    written = checkpoint()
    save_checkpoint(path, written)
    read = load_checkpoint(path)
    assert torch.equal(read.tensors["network/weight"], written.tensors["network/weight"])
    assert read.progress == written.progress
    assert read.config == written.config


def test_a_full_disk_leaves_the_former_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "last.safetensors"
    save_checkpoint(path, checkpoint(step=3))

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(path, checkpoint(step=4))
    assert load_checkpoint(path).progress.step == 3
    assert [file.name for file in tmp_path.iterdir()] == ["last.safetensors"]


def test_a_file_of_plain_weights_is_no_checkpoint(tmp_path):
    path = tmp_path / "model.safetensors"
    save_weights(path, {"weight": torch.zeros(1)})
    with pytest.raises(WeightsError, match="holds no training checkpoint"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    "header",
    ["{", "[]", "{}", '{"progress": {}, "config": {"steps": 1}}', '{"progress": {"step": "x"}}'],
)
def test_a_header_that_makes_no_sense_is_refused(tmp_path, header):
    path = tmp_path / "last.safetensors"
    save_weights(path, {"weight": torch.zeros(1)}, metadata={"training": header})
    with pytest.raises(WeightsError):
        load_checkpoint(path)


def test_a_truncated_checkpoint_is_refused(tmp_path):
    path = tmp_path / "last.safetensors"
    save_checkpoint(path, checkpoint())
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(WeightsError):
        load_checkpoint(path)
