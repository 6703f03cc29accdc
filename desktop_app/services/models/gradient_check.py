"""Checks the hand-written gradients of a layer in double precision.

Imported on worker threads only, because it needs torch.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from desktop_app.services.models import model_store
from desktop_app.services.models.network_report import (
    FINITE_DIFFERENCE_TOLERANCE,
    GradientCheck,
    GradientError,
)
from scratch_layers import gradient_check
from scratch_layers.interruption import interruptible
from scratch_layers.module import Module

MOST_VALUES = 4096
"""Of an input: among more, some lie so near the kink of a ReLU that a step crosses it."""

SMALLEST_SIDE, LARGEST_SIDE = 4, 16
DIRECTIONS, MOST_REPEATS = 5, 2


def check_layers(model: str, should_stop: Callable[[], bool]) -> Iterator[GradientCheck]:
    """Check the gradients of every layer of a model, in running order, sums of residuals included.

    Raises:
        CancelledError: ``should_stop``, asked now and then, said so.
        AppError, ScratchError: the model cannot be used.
    """
    denoiser, _ = model_store.load(model, "cpu")
    side = denoiser.size_multiple
    image = torch.zeros(1, denoiser.architecture.channels, side, side)
    for step in denoiser.network.eval().trace(denoiser.network_input(image, 0.0)):
        channels = step.input.shape[1]
        yield check_gradients(step.module, step.name, channels, should_stop=should_stop)


def check_gradients(
    layer: Module,
    name: str,
    channels: int,
    seed: int = 1,
    should_stop: Callable[[], bool] = lambda: False,
) -> GradientCheck:
    r"""Compare the gradients of ``layer`` with finite differences and with torch's autograd.

    With a random input :math:`x` (1, channels, side, side), the side being 4 to 16, and a random
    upstream gradient :math:`g`, the loss is :math:`L = \langle f(x), g \rangle`. Along a random
    direction :math:`u` of length 1 its slope is measured as
    :math:`(L(x + hu) - L(x - hu)) / 2h` and compared with
    :math:`\langle \partial L / \partial x, u \rangle`; the same for every parameter. Autograd
    differentiates the layer's :meth:`~scratch_layers.module.Module.definition`.

    Args:
        layer: is copied, not changed.
        name: what the result calls it.
        channels: how many the layer's input has.
        seed: decides input, upstream gradient and directions.
        should_stop: asked before every evaluation of the layer.

    Raises:
        CancelledError: ``should_stop`` said so.
        ArgumentTypeError: the layer does not say how it is defined.

    Source: the gradient check of Chainer (random directions, random upstream gradients).
    """
    generator = torch.Generator().manual_seed(seed)
    side = LARGEST_SIDE
    while side > SMALLEST_SIDE and channels * side**2 > MOST_VALUES:
        side //= 2
    image = _normal((1, channels, side, side), generator)
    with interruptible(should_stop):
        autograd = _autograd_errors(layer, image, generator)
        slopes = _slope_errors(layer, image, seed)
        for further in range(1, MOST_REPEATS + 1):
            if max(slopes.values()) <= FINITE_DIFFERENCE_TOLERANCE:
                break
            # A step across the kink of a ReLU looks like an error, but not for another input.
            other = _normal(tuple(image.shape), generator)
            again = _slope_errors(layer, other, seed + further)
            slopes = {name: min(error, again[name]) for name, error in slopes.items()}
    errors = (GradientError(name, slopes[name], error) for name, error in autograd.items())
    return GradientCheck(name, tuple(errors), DIRECTIONS)


def _slope_errors(layer: Module, image: Tensor, seed: int) -> dict[str, float]:
    """Return for input and parameters the largest error that the library's check finds."""
    report = gradient_check.check_gradients(layer, image, directions=DIRECTIONS, seed=seed)
    errors: dict[str, float] = {}
    for found in report.findings:
        errors[found.subject] = max(errors.get(found.subject, 0.0), found.error)
    return errors


def _autograd_errors(layer: Module, image: Tensor, generator: torch.Generator) -> dict[str, float]:
    """Return how far the layer's gradients are from those that torch finds."""
    layer = copy.deepcopy(layer).to("cpu", torch.float64).train()
    upstream = _normal(tuple(layer(image).shape), generator)
    layer.zero_grad()
    gradients = {"input": layer.backward(upstream)}
    for name, parameter in layer.named_parameters():
        gradients[name] = parameter.gradient
    truth = _autograd(layer, image, upstream)
    return {name: _relative(gradient, truth[name]) for name, gradient in gradients.items()}


def _autograd(layer: Module, image: Tensor, upstream: Tensor) -> dict[str, Tensor]:
    """Return the gradients that torch finds for the layer's definition."""
    twin = copy.deepcopy(layer)
    leaf = image.clone().requires_grad_()
    leaves = {"input": leaf}
    for name, parameter in twin.named_parameters():
        leaves[name] = parameter.value.requires_grad_()
    twin.definition(leaf).backward(upstream)
    return {
        name: value.new_zeros(value.shape) if value.grad is None else value.grad
        for name, value in leaves.items()
    }


def _relative(gradient: Tensor, truth: Tensor) -> float:
    return float((gradient - truth).abs().max() / truth.abs().max().clamp(min=1e-12))


def _normal(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)
