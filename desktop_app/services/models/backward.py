"""The way back through a network: the gradient of every layer, and a check of each.

Imported on worker threads only, because it needs torch.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from desktop_app.services.models import model_store
from desktop_app.services.models.inspection import as_image, padded_image
from desktop_app.services.models.network_report import (
    FINITE_DIFFERENCE_TOLERANCE,
    GradientCheck,
    GradientError,
    GradientFlow,
    LayerGradient,
)
from desktop_app.services.models.shown_tensors import signed
from desktop_app.services.models.sums_of_products import Part
from desktop_app.services.pictures.pyramid import Pixels
from scratch_layers import gradient_check
from scratch_layers.interruption import interruptible, stop_if_asked
from scratch_layers.module import Module, Step

SMALLEST_SHOWN = 9
"""Of the part of a map that is shown."""

ROUNDING = 1e-6
"""Part of the largest gradient that counts as none."""


MOST_VALUES = 4096
"""Of an input: among more, some lie so near the kink of a ReLU that a step crosses it."""

SMALLEST_SIDE, LARGEST_SIDE = 4, 16
DIRECTIONS, MOST_REPEATS = 5, 2


def gradient_flow(
    pixels: Pixels, model: str, sigma_255: float | None, place: tuple[int, int, int]
) -> GradientFlow:
    r"""Return :math:`\partial o / \partial y_l` for the output :math:`y_l` of every layer.

    :math:`o` is one value that the network puts out. Every layer's own ``backward`` is called, last
    to first; at the sum of a residual, the gradient goes both to its body and past it.

    Args:
        pixels, model, sigma_255: as what ``inspect_network`` takes.
        place: channel, row and column of :math:`o`.

    Returns:
        The gradients (channels, H, W), as far as they are not zero.

    Raises:
        AppError, ScratchError: the model cannot be used.
        CancelledError: the work was asked to stop.
    """
    denoiser, _ = model_store.load(model, "cpu")
    image, sigma = as_image(pixels, sigma_255)
    padded = padded_image(denoiser, image)
    network = denoiser.network.train()
    steps = list(network.trace(denoiser.network_input(padded, sigma).to(denoiser.dtype)))
    gradient = torch.zeros_like(steps[-1].output)
    gradient[0, place[0], place[1], place[2]] = 1
    gradients, first = _back(steps, gradient)
    photo = first[0, : denoiser.architecture.channels].expand(3, -1, -1)
    layers = [_layer(step, gradient) for step, gradient in zip(steps, gradients, strict=True)]
    shown = signed(photo).transpose(1, 2, 0)
    return GradientFlow(place, tuple(layers), shown, Part(first[0].float().numpy()))


def _back(steps: list[Step], gradient: Tensor) -> tuple[list[Tensor], Tensor]:
    """Return the gradient of every step's output, and that of the network's input."""
    found: list[Tensor] = []
    passed: dict[int, Tensor] = {}
    for index in range(len(steps) - 1, -1, -1):
        stop_if_asked()
        found.append(gradient)
        step = steps[index]
        if step.skipped is not None:
            start = index - step.skipped
            passed[start] = gradient + passed[start] if start in passed else gradient
            continue
        gradient = step.module.backward(gradient)
        if index in passed:
            gradient = gradient + passed[index]
    return found[::-1], gradient


def _layer(step: Step, gradient: Tensor) -> LayerGradient:
    # Fast products leave traces of rounding where no gradient comes to.
    gradient = gradient.where(gradient.abs() > ROUNDING * gradient.abs().max(), 0)
    touched = gradient[0].abs().amax(dim=0) > 0
    rows, columns = _around(touched.any(dim=1)), _around(touched.any(dim=0))
    corner = rows.start, columns.start
    part = gradient[0, :, rows, columns].float()
    return LayerGradient(
        step.name,
        signed(part),
        corner,
        Part(part.clone().numpy(), corner),
        float(gradient.square().sum().sqrt()),
        int(touched.sum()),
    )


def _around(touched: Tensor) -> slice:
    """Return the positions from the first to the last that is touched, and some around few."""
    places = touched.nonzero().flatten().tolist() or [len(touched) // 2]
    first, last = places[0], places[-1]
    missing = max(0, SMALLEST_SHOWN - (last - first + 1))
    first = max(0, first - (missing + 1) // 2)
    return slice(first, min(len(touched), max(last + 1 + missing // 2, first + SMALLEST_SHOWN)))


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
