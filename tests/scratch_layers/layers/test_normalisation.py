"""Normalising layers: running statistics, modes, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from scratch_layers import BatchNorm2d, Conv2d, GroupNorm, LayerNorm2d, Sequential
from scratch_layers.training.learner import WeightAverage
from tests.scratch_layers.layers.test_wrong_arguments import assert_refused_alike
from tests.scratch_layers.torch_twins import random_tensor


@pytest.mark.parametrize("momentum", [0.1, 0.4, None])
def test_running_statistics_follow_the_batches_as_in_torch(momentum: float | None) -> None:
    ours = BatchNorm2d(3, momentum=momentum, dtype=torch.float64)
    theirs = nn.BatchNorm2d(3, momentum=momentum, dtype=torch.float64)
    for seed in range(4):
        batch = 2 + 3 * random_tensor(2 + seed, 3, 4, 5, seed=seed)
        ours.backward(ours(batch))
        theirs(batch)
    for name, value in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value, rtol=1e-12, atol=1e-12)
    batch = random_tensor(1, 3, 4, 5, seed=9)
    expected = theirs.eval()(batch).detach()
    torch.testing.assert_close(ours.eval()(batch), expected, rtol=1e-12, atol=1e-12)


def test_buffers_are_state_but_not_learned() -> None:
    network = Sequential(Conv2d(3, 4, 3), BatchNorm2d(4))
    assert len(network.param()) == 4
    assert [name for name in network.state_dict() if "running" in name or "num" in name] == [
        *("1.running_mean", "1.running_var", "1.num_batches_tracked"),
    ]
    network.to(dtype=torch.bfloat16)
    assert network.state_dict()["1.running_var"].dtype == torch.bfloat16
    assert network.state_dict()["1.num_batches_tracked"].dtype == torch.int64


def test_averages_of_weights_take_counts_as_they_are() -> None:
    layer = BatchNorm2d(3)
    average = WeightAverage(layer, decay=0.5)
    layer.backward(layer(torch.randn(4, 3, 2, 2)))
    average.update(100)
    assert int(average.state_dict()["num_batches_tracked"]) == 1
    half = layer.state_dict()["running_mean"] / 2
    torch.testing.assert_close(average.state_dict()["running_mean"], half)


def test_group_norm_reads_everything() -> None:
    with pytest.raises(ValueError, match="whole image"):
        Sequential(GroupNorm(1, 4)).positions_read(0, (0, 0))


@pytest.mark.parametrize(
    ("ours", "theirs", "shape", "words"),
    [
        (lambda: BatchNorm2d(3), lambda: nn.BatchNorm2d(3), (3, 4, 5), "4D input .*3D"),
        (lambda: BatchNorm2d(3), lambda: nn.BatchNorm2d(3), (2, 4, 5, 5), "3 channels"),
        (lambda: BatchNorm2d(3), lambda: nn.BatchNorm2d(3), (1, 3, 1, 1), "more than 1 value"),
        (lambda: GroupNorm(2, 3), lambda: nn.GroupNorm(2, 3), (1, 3, 2), "3 is not by 2"),
        (lambda: GroupNorm(2, 4), lambda: nn.GroupNorm(2, 4), (2, 6, 2), "4 channels"),
    ],
)
def test_what_is_refused(ours: Any, theirs: Any, shape: tuple[int, ...], words: str) -> None:
    image = torch.zeros(shape)
    assert_refused_alike(lambda: ours()(image), lambda: theirs()(image), words)


def test_layer_norm_takes_images_of_its_channels() -> None:
    with pytest.raises(RuntimeError, match=r"\(B, 3, H, W\)"):
        LayerNorm2d(3)(torch.zeros(1, 4, 2, 2))
