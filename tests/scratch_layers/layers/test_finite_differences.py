"""Every layer's gradients against the slopes of its own forward pass."""

from __future__ import annotations

import pytest
import torch

from scratch_layers import Conv2d, Module, Upsampling
from scratch_layers.functional.convolution import ALGORITHMS
from scratch_layers.gradient_check import check_gradients
from tests.scratch_layers.layers.examples import EXAMPLES, Example
from tests.scratch_layers.torch_twins import random_tensor


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
@pytest.mark.parametrize("seed", range(2))
def test_gradients_are_slopes(example: Example, seed: int) -> None:
    report = check_gradients(example.layer(seed), example.input(seed + 50), seed=seed)
    assert report.passed, report


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("layer", [Conv2d, Upsampling])
def test_gradients_of_every_algorithm_are_slopes(layer: type[Module], algorithm: str) -> None:
    torch.manual_seed(0)
    module = layer(5, 6, 3, padding=1, algorithm=algorithm, dtype=torch.float64)
    report = check_gradients(module, random_tensor(2, 5, 9, 11))
    assert report.passed, report
