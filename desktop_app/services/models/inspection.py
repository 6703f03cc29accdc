"""Runs a network on a small picture and keeps what every layer puts out.

Imported on worker threads only, because it needs torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from desktop_app.services.models import model_store
from desktop_app.services.models.gradient_check import check_gradients
from desktop_app.services.models.network_report import (
    GradientCheck,
    LayerReport,
    NetworkReport,
    Planes,
)
from desktop_app.services.pictures.pyramid import Pixels
from scratch_layers.described import Extent
from scratch_layers.layers import Conv2d
from scratch_layers.models import Denoiser, parameter_count
from scratch_layers.models.denoiser import round_up
from scratch_layers.models.network_input import reflected_window
from scratch_layers.module import Module, Step
from scratch_layers.noise_estimation import estimate_sigma
from scratch_layers.noise_kinds import HIGHEST_SIGMA_255

MOST_DEVIATIONS = 2.5
SUM = "Sum"


def inspect_network(
    pixels: Pixels, picture: str, model: str, sigma_255: float | None = None
) -> NetworkReport:
    """Run a model on a picture and report on every layer.

    Args:
        pixels: (H, W, 3) uint8, a few hundred pixels wide.
        picture: its name.
        model: name or path, see :func:`desktop_app.services.models.model_store.load`.
        sigma_255: the noise level that the network is told, 0-75; estimated where ``None``.

    Raises:
        AppError, ScratchError: the model cannot be used.
    """
    denoiser, card = model_store.load(model, "cpu")
    image = torch.tensor(pixels).permute(2, 0, 1)[None].float() / 255
    sigma = estimate_sigma(image) if sigma_255 is None else sigma_255 / 255
    sigma = min(sigma, HIGHEST_SIGMA_255 / 255)
    steps = enumerate(_steps(denoiser, image, sigma))
    layers = tuple(_report(index, step) for index, step in steps)
    parameters = parameter_count(denoiser.network)
    kernels = first_kernels(denoiser.network)
    return NetworkReport(card.title, picture, 255 * sigma, layers, kernels, parameters)


def check_layer(model: str, index: int, should_stop: Callable[[], bool]) -> GradientCheck:
    """Check the gradients of the layer with this index in :attr:`NetworkReport.layers`.

    Raises:
        CancelledError: ``should_stop``, asked now and then, said so.
        AppError, ScratchError: the model cannot be used.
    """
    denoiser, _ = model_store.load(model, "cpu")
    side = denoiser.size_multiple
    for number, step in enumerate(_steps(denoiser, torch.zeros(1, 3, side, side), 0.0)):
        if number == index:
            channels = step.input.shape[1]
            return check_gradients(step.module, step.name, channels, should_stop=should_stop)
    raise IndexError(index)


def first_kernels(network: Module) -> Planes | None:
    """Return the kernels of the first convolution as (O, k, k, 3) pictures, gray for zero.

    Behind a PixelUnshuffle a kernel of k x k sees squares of pixels; it is put together to the
    kernel of all these pixels. Further inputs, such as the noise level, are left out.
    """
    factor = 1
    for layer, read, made in network.extents(Extent(channels=1)):
        if isinstance(layer, Conv2d):
            return _kernels_of_pixels(layer.weight.value.float(), factor)
        if made == read or made.values != read.values:
            return None
        factor = int(1 / made.height)
    return None


def _kernels_of_pixels(weight: Tensor, factor: int) -> Planes | None:
    """Put kernels of squares of ``factor`` by ``factor`` pixels together, if these are colours."""
    out, channels, height, width = weight.shape
    parts = weight.reshape(out, channels // factor**2, factor, factor, height, width)
    colours = parts[:, :3].permute(0, 4, 2, 5, 3, 1)
    if colours.shape[-1] != 3:
        return None
    whole = colours.reshape(out, height * factor, width * factor, 3)
    largest = whole.abs().amax(dim=(1, 2, 3), keepdim=True).clamp(min=1e-12)
    return _to_bytes(127.5 + 127.5 * whole / largest)


def _steps(denoiser: Denoiser, image: Tensor, sigma: float) -> Iterator[Step]:
    """Run the network layer by layer, in evaluation mode."""
    multiple = denoiser.size_multiple
    height, width = (round_up(side, multiple) for side in image.shape[2:])
    padded = reflected_window(image, 0, 0, height, width)
    denoiser.network.eval()
    input = denoiser.network_input(padded, sigma).to(denoiser.device, denoiser.dtype)
    yield from denoiser.network.trace(input)


def _report(index: int, step: Step) -> LayerReport:
    output = step.output[0].float()
    is_sum = step.skipped is not None
    return LayerReport(
        name=step.name,
        kind=SUM if is_sum else type(step.module).__name__,
        details="what was skipped + what was learned" if is_sum else step.module.details(),
        input_shape=_shape(step.input),
        output_shape=_shape(step.output),
        parameters=0 if is_sum else parameter_count(step.module),
        depth=step.depth,
        skip_from=None if step.skipped is None else index - step.skipped,
        maps=_stretched(output),
        values=output.half().numpy(),
        lowest=float(output.min()),
        highest=float(output.max()),
    )


def _shape(images: Tensor) -> tuple[int, int, int]:
    _, channels, height, width = images.shape
    return channels, height, width


def _stretched(output: Tensor) -> Planes:
    """Stretch every channel so that its mean is gray and 2.5 deviations are black and white."""
    mean = output.mean(dim=(1, 2), keepdim=True)
    deviation = (output - mean).square().mean(dim=(1, 2), keepdim=True).sqrt().clamp(min=1e-6)
    return _to_bytes(127.5 + 127.5 * (output - mean) / (MOST_DEVIATIONS * deviation))


def _to_bytes(values: Tensor) -> Planes:
    result: Planes = values.round().clamp(0, 255).to(torch.uint8).numpy().astype(np.uint8)
    return result
