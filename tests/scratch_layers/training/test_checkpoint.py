"""Checkpoints on disk."""

import errno
import json
import os
import random

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


def test_every_flipped_bit_is_refused(tmp_path):
    path = tmp_path / "last.safetensors"
    save_checkpoint(path, checkpoint())
    content = path.read_bytes()
    bits = random.Random(1).sample(range(8 * len(content)), 200)
    for bit in bits:
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        with pytest.raises(WeightsError):
            load_checkpoint(path)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 9},
        {"format": 2},  # without the digest that it has
        {"format": True},
        {"progress": {"step": -6}},
        {"progress": {"step": 1.5}},
        {"progress": {"elapsed_seconds": 1e400}},
        {"progress": {"sparkle": 1}},
        {"config": {"steps": 10, "configuration": 3}},
    ],
)
def test_every_field_of_a_header_is_checked(tmp_path, change):
    path = tmp_path / "last.safetensors"
    whole = checkpoint()
    header = {"format": 1, "progress": whole.progress.to_json(), "config": whole.config.to_json()}
    texts = {"training": json.dumps(header)}
    save_weights(path, whole.tensors, metadata=texts)
    assert load_checkpoint(path).progress == whole.progress
    for name, value in change.items():
        header[name] = {**header[name], **value} if isinstance(value, dict) else value
    save_weights(path, whole.tensors, metadata={"training": json.dumps(header)})
    with pytest.raises(WeightsError):
        load_checkpoint(path)
