"""Checks the hand-written gradients of a layer in double precision.

Imported on worker threads only, because it needs torch.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor

from desktop_app.services.models.network_report import GradientCheck, GradientError
from scratch_layers.errors import CancelledError
from scratch_layers.module import Module

SIDE = 16
DIRECTIONS = 5
STEP = 1e-5


def check_gradients(
    layer: Module,
    name: str,
    channels: int,
    seed: int = 1,
    should_stop: Callable[[], bool] = lambda: False,
) -> GradientCheck:
    r"""Compare the gradients of ``layer`` with finite differences and with torch's autograd.

    With a random input :math:`x` (1, channels, 16, 16) and a random upstream gradient :math:`g`,
    the loss is :math:`L = \langle f(x), g \rangle`. Along a random direction :math:`u` of length 1
    its slope is measured as :math:`(L(x + hu) - L(x - hu)) / 2h` and compared with
    :math:`\langle \partial L / \partial x, u \rangle`; the same for every parameter. Autograd
    differentiates
    :func:`~desktop_app.services.models.reference_layers.reference`, which shares no code
    with the layer.

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
    _unless(should_stop)
    layer = copy.deepcopy(layer).to("cpu", torch.float64).train()
    generator = torch.Generator().manual_seed(seed)
    image = _normal((1, channels, SIDE, SIDE), generator)
    upstream = _normal(tuple(layer(image).shape), generator)
    layer.zero_grad()
    image_gradient = layer.backward(upstream)
    variables = {"input": (image, image_gradient)}
    for parameter_name, parameter in layer.named_parameters():
        variables[parameter_name] = (parameter.value, parameter.gradient)
    layer.eval()
    _unless(should_stop)
    true_gradients = _autograd(layer, image, upstream)
    errors = tuple(
        GradientError(
            variable,
            _slope_error(layer, image, upstream, value, gradient, generator, should_stop),
            _relative(gradient, true_gradients[variable]),
        )
        for variable, (value, gradient) in variables.items()
    )
    return GradientCheck(name, errors, DIRECTIONS)


def _slope_error(
    layer: Module,
    image: Tensor,
    upstream: Tensor,
    value: Tensor,
    gradient: Tensor,
    generator: torch.Generator,
    should_stop: Callable[[], bool],
) -> float:
    """Return the largest relative error of the slope along random directions of ``value``."""
    original, worst = value.clone(), 0.0
    for _ in range(DIRECTIONS):
        _unless(should_stop)
        direction = _normal(tuple(value.shape), generator)
        direction /= direction.square().sum().sqrt()
        losses = []
        for step in (STEP, -STEP):
            value.copy_(original + step * direction)
            losses.append(float((layer(image) * upstream).sum()))
        value.copy_(original)
        measured = (losses[0] - losses[1]) / (2 * STEP)
        computed = float((gradient * direction).sum())
        # A slope that happens to be almost zero must not make rounding look like an error.
        scale = max(abs(measured), abs(computed), float(gradient.square().mean().sqrt()), 1e-12)
        worst = max(worst, abs(measured - computed) / scale)
    return worst


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


def _unless(should_stop: Callable[[], bool]) -> None:
    if should_stop():
        raise CancelledError("The gradient check was cancelled.")


def _relative(gradient: Tensor, truth: Tensor) -> float:
    return float((gradient - truth).abs().max() / truth.abs().max().clamp(min=1e-12))


def _normal(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)
