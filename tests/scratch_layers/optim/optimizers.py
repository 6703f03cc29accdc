"""One of each optimizer, and what their tests share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import strategies as st
from torch import Tensor

from scratch_layers.muon import Muon
from scratch_layers.optim import SGD, Adam, AdamW
from scratch_layers.optimizer import Optimizer

SHAPES = [(3, 2, 3, 3), (3,), (), (1, 5), (16, 2, 3, 3)]


STEPS = 12


MAKERS: dict[str, Callable[[], Optimizer]] = {
    "sgd": lambda: SGD(0.1),
    "sgd with momentum": lambda: SGD(0.1, momentum=0.9, weight_decay=0.01),
    "sgd with dampening": lambda: SGD(0.1, momentum=0.9, dampening=0.3),
    "nesterov": lambda: SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: Adam(0.01, weight_decay=0.1),
    "adamw": lambda: AdamW(0.01),
    "muon": lambda: Muon(0.01, weight_decay=0.1),
}


EVERY_OPTIMIZER = pytest.mark.parametrize("name", MAKERS)


rates = st.floats(1e-4, 1.0)


decays = st.sampled_from([0.0, 1e-3, 0.1])


def random_tensors(generator: torch.Generator, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    return [torch.randn(shape, generator=generator, dtype=dtype) for shape in SHAPES]


def pair(*shape: int) -> tuple[Tensor, Tensor]:
    return torch.randn(shape), torch.randn(shape)


def assert_same_steps(
    ours: Optimizer, make_theirs: Callable[[list[Tensor]], torch.optim.Optimizer], seed: int
) -> None:
    """Feed both the same gradients and compare the values after every step."""
    generator = torch.Generator().manual_seed(seed)
    values = random_tensors(generator)
    expected = [value.clone() for value in values]
    theirs = make_theirs(expected)
    for _ in range(STEPS):
        gradients = random_tensors(generator)
        for tensor, gradient in zip(expected, gradients, strict=True):
            tensor.grad = gradient.clone()
        ours.step(list(zip(values, gradients, strict=True)))
        theirs.step()
        torch.testing.assert_close(values, expected, rtol=1e-11, atol=1e-12)
        torch.testing.assert_close(gradients, [tensor.grad for tensor in expected])
