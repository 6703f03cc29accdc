"""Whether a backward pass is the derivative of its forward pass, by finite differences.

The idea is that of Chainer's ``gradient_check``: one random direction for each tensor, and a random
gradient of the output, tell as much as a difference for every single number.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from scratch_layers.module import Module

STEP = 1e-5


def random_like(tensor: Tensor, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(tensor.shape, generator=generator, dtype=tensor.dtype)


def check_gradients(module: Module, input: Tensor, seed: int = 0) -> None:
    """Compare the gradients of ``input`` and of every parameter with finite differences."""
    assert input.dtype == torch.float64
    module.zero_grad()
    output = module.forward(input)
    upstream = random_like(output, seed)
    gradients = {"input": module.backward(upstream)}
    values = {"input": input}
    for name, parameter in module.named_parameters():
        gradients[name], values[name] = parameter.gradient, parameter.value
    for offset, (name, value) in enumerate(values.items()):
        direction = random_like(value, seed + offset + 1)
        found = (gradients[name] * direction).sum()
        expected = _slope(lambda: (module.forward(input) * upstream).sum(), value, direction)
        # Rounding counts against the sizes of the terms, not against their sum.
        allowed = 1e-7 * float((gradients[name] * direction).abs().sum()) + 1e-12
        assert abs(float(found - expected)) <= allowed, (
            f"along a random direction of {name} the gradient says {found}, the slope is {expected}"
        )
    module.forget()


def _slope(function: Callable[[], Tensor], value: Tensor, direction: Tensor) -> Tensor:
    """The central difference of ``function`` as ``value``, which it reads, moves."""
    start = value.clone()
    value.copy_(start + STEP * direction)
    ahead = function()
    value.copy_(start - STEP * direction)
    behind = function()
    value.copy_(start)
    return (ahead - behind) / (2 * STEP)
