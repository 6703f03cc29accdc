"""Timing a module against its twin in torch.nn, each side in its better memory format."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from scratch_layers.functional.memory import Pool, recycling
from scratch_layers.module import Module
from tests.benchmarks.row import Row, Target, gflops
from tests.benchmarks.settings import Settings
from tests.benchmarks.timing import alternate

MEMORY_FORMATS = {
    "contiguous": torch.contiguous_format,
    "channels last": torch.channels_last,
}

Side = tuple[str, str]
"""Who computes ("scratch" or "torch") and a description of how."""


@dataclass(frozen=True)
class Comparison:
    """The better time of both sides in milliseconds, and how the other side reached its."""

    scratch_ms: float
    torch_ms: float
    torch_way: str

    def row(self, name: str, multiply_adds: float, target: Target | None = None) -> Row:
        """Return the table's line for it."""
        return Row(
            name,
            self.scratch_ms,
            self.torch_ms,
            scratch_gflops=gflops(multiply_adds, self.scratch_ms),
            other_gflops=gflops(multiply_adds, self.torch_ms),
            other=f"torch.nn, {self.torch_way}",
            target=target,
        )


def compare_forward(
    module: Module, twin: nn.Module, image: Tensor, settings: Settings
) -> Comparison:
    """Time inference: evaluation mode on this side, ``inference_mode`` on torch's.

    Memory of activations goes round from call to call, as it does from tile to tile of a photo.
    """
    module.eval()
    blocks = Pool()
    twin.eval()
    sides: dict[Side, Callable[[], object]] = {}
    for name, memory_format in MEMORY_FORMATS.items():
        formatted = image.contiguous(memory_format=memory_format)
        other = copy.deepcopy(twin).to(memory_format=memory_format)
        sides["scratch", name] = partial(_evaluation, module, formatted, blocks)
        sides["torch", name] = partial(_inference, other, formatted)
    return best_of_each(alternate(sides, settings))


def compare_forward_backward(
    module: Module, twin: nn.Module, image: Tensor, settings: Settings
) -> Comparison:
    """Time zeroing the gradients, the forward and the backward pass, to the input as well."""
    module.train()
    twin.train()
    with torch.no_grad():
        gradient = torch.randn_like(twin(image))
    sides: dict[Side, Callable[[], object]] = {}
    for name, memory_format in MEMORY_FORMATS.items():
        arguments = [part.contiguous(memory_format=memory_format) for part in (image, gradient)]
        other = copy.deepcopy(twin).to(memory_format=memory_format)
        leaf = arguments[0].clone().requires_grad_()
        sides["scratch", name] = partial(_scratch_passes, module, *arguments)
        sides["torch", name] = partial(_torch_passes, other, leaf, arguments[1])
    return best_of_each(alternate(sides, settings))


def best_of_each(times: dict[Side, float]) -> Comparison:
    """Return the better time of both sides."""
    scratch = min(time for (who, _), time in times.items() if who == "scratch")
    torch_ms, way = min((time, how) for (who, how), time in times.items() if who == "torch")
    return Comparison(scratch, torch_ms, way)


@torch.inference_mode()
def _evaluation(module: Module, image: Tensor, blocks: Pool) -> Tensor:
    with recycling(blocks):
        return module.forward(image)


@torch.inference_mode()
def _inference(module: nn.Module, image: Tensor) -> Tensor:
    result: Tensor = module(image)
    return result


@torch.inference_mode()
def _scratch_passes(module: Module, image: Tensor, gradient: Tensor) -> None:
    module.zero_grad()
    module.forward(image)
    module.backward(gradient)


def _torch_passes(module: nn.Module, leaf: Tensor, gradient: Tensor) -> None:
    module.zero_grad(set_to_none=True)
    leaf.grad = None
    module(leaf).backward(gradient)
