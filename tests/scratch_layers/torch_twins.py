"""The same forward and backward pass through a layer of ours and through its twin in torch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from scratch_layers.module import Module


@dataclass(frozen=True)
class Pass:
    """What one forward and one backward pass compute."""

    output: Tensor
    input_gradient: Tensor
    parameter_gradients: dict[str, Tensor]


def random_tensor(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)


def our_pass(module: Module, input: Tensor, upstream: Tensor) -> Pass:
    module.zero_grad()
    output = module.forward(input)
    gradient = module.backward(upstream)
    parameters = module.named_parameters()
    return Pass(output, gradient, {name: held.gradient.clone() for name, held in parameters})


def torch_pass(module: nn.Module, input: Tensor, upstream: Tensor) -> Pass:
    module.zero_grad()
    input = input.detach().clone().requires_grad_()
    output = module(input)
    output.backward(upstream)
    parameters = module.named_parameters()
    return Pass(output.detach(), input.grad, {name: held.grad for name, held in parameters})


def assert_equal_passes(found: Pass, expected: Pass, tolerance: float) -> None:
    """Every tensor of ``found`` is ``expected``'s within ``tolerance`` times its largest number."""
    _assert_close("output", found.output, expected.output, tolerance)
    _assert_close("input gradient", found.input_gradient, expected.input_gradient, tolerance)
    assert list(found.parameter_gradients) == list(expected.parameter_gradients)
    for name, gradient in expected.parameter_gradients.items():
        _assert_close(f"{name} gradient", found.parameter_gradients[name], gradient, tolerance)


def assert_twins(
    ours: Module, theirs: nn.Module, input: Tensor, tolerance: float = 1e-11, seed: int = 9
) -> None:
    """Both compute the same with the same weights and a random gradient of the output."""
    theirs.to(dtype=input.dtype).load_state_dict(ours.to(dtype=input.dtype).state_dict())
    upstream = random_tensor(*theirs(input).shape, seed=seed, dtype=input.dtype)
    expected = torch_pass(theirs, input, upstream)
    assert_equal_passes(our_pass(ours, input, upstream), expected, tolerance)


def largest(tensor: Tensor) -> float:
    return float(tensor.abs().max()) if tensor.numel() else 0.0


def _assert_close(what: str, found: Tensor, expected: Tensor, tolerance: float) -> None:
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype), what
    allowed = tolerance * max(largest(expected), 1e-3)
    error = largest(found - expected)
    assert error <= allowed, f"{what} is wrong by up to {error:.2g}, more than {allowed:.2g}"
