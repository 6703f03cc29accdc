"""Every layer's gradients against the slopes of its own forward pass."""

from __future__ import annotations

import pytest
import torch

from scratch_layers import Conv2d, Module, Upsampling
from scratch_layers.functional.convolution import ALGORITHMS
from tests.scratch_layers.gradient_check import check_gradients
from tests.scratch_layers.layers.examples import EXAMPLES, Example
from tests.scratch_layers.torch_twins import random_tensor


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
@pytest.mark.parametrize("seed", range(2))
def test_gradients_are_slopes(example: Example, seed: int) -> None:
    check_gradients(example.layer(seed), example.input(seed + 50), seed)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("layer", [Conv2d, Upsampling])
def test_gradients_of_every_algorithm_are_slopes(layer: type[Module], algorithm: str) -> None:
    torch.manual_seed(0)
    module = layer(5, 6, 3, padding=1, algorithm=algorithm, dtype=torch.float64)
    check_gradients(module, random_tensor(2, 5, 9, 11))


def test_the_check_finds_a_wrong_gradient() -> None:
    class Wrong(Conv2d):
        def backward(self, gradient: torch.Tensor) -> torch.Tensor:
            return super().backward(gradient) * 1.001

    with pytest.raises(AssertionError, match="direction of input"):
        check_gradients(Wrong(2, 2, 3, dtype=torch.float64), random_tensor(1, 2, 6, 6))
