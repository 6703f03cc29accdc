"""Sends the gradient of one output value back through a network, layer by layer.

Imported on worker threads only, because it needs torch.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from desktop_app.services.models import model_store
from desktop_app.services.models.inspection import as_image, padded_image
from desktop_app.services.models.network_report import GradientFlow, LayerGradient, Planes
from desktop_app.services.models.sums_of_products import Part
from desktop_app.services.pictures.pyramid import Pixels
from scratch_layers.interruption import stop_if_asked
from scratch_layers.module import Step

SMALLEST_SIDE = 9
"""Of the part of a map that is shown."""

ROUNDING = 1e-6
"""Part of the largest gradient that counts as none."""


def gradient_flow(
    pixels: Pixels, model: str, sigma_255: float | None, place: tuple[int, int, int]
) -> GradientFlow:
    r"""Return :math:`\partial o / \partial y_l` for the output :math:`y_l` of every layer.

    :math:`o` is one value that the network puts out. Every layer's own ``backward`` is called, last
    to first; at the sum of a residual, the gradient goes both to its body and past it.

    Args:
        pixels, model, sigma_255: as what ``inspect_network`` takes.
        place: channel, row and column of :math:`o`.

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
    shown = _signed(photo).transpose(1, 2, 0)
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
        _signed(part),
        corner,
        Part(part.clone().numpy(), corner),
        float(gradient.square().sum().sqrt()),
        int(touched.sum()),
    )


def _around(touched: Tensor) -> slice:
    """Return the positions from the first to the last that is touched, and some around few."""
    places = touched.nonzero().flatten().tolist() or [len(touched) // 2]
    first, last = places[0], places[-1]
    missing = max(0, SMALLEST_SIDE - (last - first + 1))
    first = max(0, first - (missing + 1) // 2)
    return slice(first, min(len(touched), max(last + 1 + missing // 2, first + SMALLEST_SIDE)))


def _signed(gradient: Tensor) -> Planes:
    """Show zero as gray and the largest value as black or white, faint ones by their root."""
    share = gradient / gradient.abs().max().clamp(min=1e-30)
    values = 127.5 + 127.5 * share.sign() * share.abs().sqrt()
    shown: Planes = values.round().clamp(0, 255).to(torch.uint8).numpy().astype(np.uint8)
    return shown
