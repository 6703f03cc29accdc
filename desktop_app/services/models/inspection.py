"""Runs a network on a small picture and keeps what every layer puts out.

Imported on worker threads only, because it needs torch.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from desktop_app.services.models import model_store
from desktop_app.services.models.network_report import (
    Indices,
    LayerReport,
    NetworkChanges,
    NetworkReport,
    Spans,
)
from desktop_app.services.models.shown_tensors import first_kernels, stretched_maps, to_picture
from desktop_app.services.models.sums_of_products import SlidingKernel
from desktop_app.services.pictures.pyramid import Pixels
from scratch_layers.data.camera.mosaic import rggb_mosaic
from scratch_layers.models import Denoiser, parameter_count
from scratch_layers.models.denoiser import round_up
from scratch_layers.models.network_input import reflected_window
from scratch_layers.module import Module, Step
from scratch_layers.noise_estimation import estimate_sigma
from scratch_layers.noise_kinds import HIGHEST_SIGMA_255

SUM = "Sum"
NO_CHANGES = NetworkChanges()


def inspect_network(
    pixels: Pixels,
    picture: str,
    model: str,
    sigma_255: float | None = None,
    changes: NetworkChanges = NO_CHANGES,
) -> NetworkReport:
    """Run a model on a picture and report on every layer.

    Args:
        pixels: (H, W, 3) uint8, a few hundred pixels wide.
        picture: its name.
        model: name or path, see :func:`desktop_app.services.models.model_store.load`.
        sigma_255: the noise level that the network is told, 0-75; estimated where ``None``.
        changes: what is to be different in this run; the model itself stays as it is.

    Raises:
        AppError, ScratchError: the model cannot be used.
    """
    denoiser, card = model_store.load(model, "cpu")
    image, sigma = as_image(pixels, sigma_255)
    kernels = first_kernels(denoiser.network)
    padded = padded_image(denoiser, image)
    layers: list[LayerReport] = []
    output = padded
    for index, step in enumerate(changed_steps(denoiser, padded, sigma, changes)):
        layers.append(_report(index, step, layers))
        output = step.output
    return NetworkReport(
        model=card.title,
        picture=picture,
        sigma_255=255 * sigma,
        layers=tuple(layers),
        kernels=kernels,
        parameters=parameter_count(denoiser.network),
        input=denoiser.network_input(padded, sigma)[0].numpy(),
        photo=to_picture(padded),
        denoised=to_picture(denoiser.clean_image(padded, output)),
    )


def as_image(pixels: Pixels, sigma_255: float | None) -> tuple[Tensor, float]:
    """Return a picture as (1, 3, H, W) in [0, 1], and the noise level that a network is told."""
    image = torch.tensor(pixels).permute(2, 0, 1)[None].float() / 255
    sigma = estimate_sigma(image) if sigma_255 is None else sigma_255 / 255
    return image, min(sigma, HIGHEST_SIGMA_255 / 255)


def changed_steps(
    denoiser: Denoiser, image: Tensor, sigma: float, changes: NetworkChanges
) -> Iterator[Step]:
    """Run the network layer by layer, after changing it.

    Args:
        denoiser: whose weights are changed; in evaluation mode from here on.
        image: (1, C, H, W) in [0, 1], see :func:`padded_image`; it is not changed.
        sigma: the noise level that the network is told, in [0, 1] units.
        changes: other weights, and output channels that are set to zero.
    """
    layers = dict(denoiser.network.named_modules())
    for (name, out, into), numbers in changes.kernels.items():
        kernel = layers[name].sliding_kernel()
        assert kernel is not None
        group, out_of_group = divmod(out, kernel.weight.shape[1])
        kernel.weight[group, out_of_group, into] = torch.from_numpy(numbers)
    for step in _steps(denoiser, image.clone(), sigma):
        for name, channel in changes.off:
            if name == step.name:
                # What runs next reads this very tensor.
                step.output[:, channel] = 0
        yield step


def padded_image(denoiser: Denoiser, image: Tensor) -> Tensor:
    """Continue (1, 3, H, W) by reflection to a size that the network takes.

    A network for the mosaics of sensors gets (1, 1, H, W), one of the colours in each pixel.
    """
    if denoiser.architecture.channels == 1:
        image = rggb_mosaic(image)
    height, width = (round_up(side, denoiser.size_multiple) for side in image.shape[2:])
    return reflected_window(image, 0, 0, height, width)


def _steps(denoiser: Denoiser, image: Tensor, sigma: float) -> Iterator[Step]:
    """Run the network layer by layer, in evaluation mode."""
    denoiser.network.eval()
    input = denoiser.network_input(image, sigma).to(denoiser.device, denoiser.dtype)
    yield from denoiser.network.trace(input)


def _report(index: int, step: Step, before: Sequence[LayerReport]) -> LayerReport:
    output = step.output[0].float()
    is_sum = step.skipped is not None
    skip_from = None if step.skipped is None else index - step.skipped
    rows, columns = (_positions_read(step, axis, skip_from, before) for axis in (0, 1))
    return LayerReport(
        name=step.name,
        kind=SUM if is_sum else type(step.module).__name__,
        details="skipped + learned" if is_sum else step.module.details(),
        input_shape=_shape(step.input),
        output_shape=_shape(step.output),
        parameters=0 if is_sum else parameter_count(step.module),
        depth=step.depth,
        skip_from=skip_from,
        maps=stretched_maps(output),
        values=output.numpy(),
        lowest=float(output.min()),
        highest=float(output.max()),
        rows_read=rows,
        columns_read=columns,
        kernel=sliding_kernel(step.module),
        moved_from=_moved_from(step),
        multiply_adds=0 if is_sum else _multiply_adds(step),
        purpose=step.module.purpose,
        equation=step.module.equation,
        documentation=_documentation(step.module),
    )


def _positions_read(
    step: Step, axis: int, skip_from: int | None, before: Sequence[LayerReport]
) -> Spans:
    """Follow the positions that every output position reads back to the photo's rows or columns."""

    def read_by(count: int) -> Spans:
        """Return the spans of what the first ``count`` layers put out."""
        if count:
            return (before[count - 1].rows_read, before[count - 1].columns_read)[axis]
        given = before[0].input_shape if before else _shape(step.input)
        positions = np.arange(given[1 + axis], dtype=np.int32)
        return np.stack([positions, positions], axis=1)

    given = read_by(len(before))
    if skip_from is not None:
        skipped = read_by(skip_from)
        first = np.minimum(given[:, 0], skipped[:, 0])
        return np.stack([first, np.maximum(given[:, 1], skipped[:, 1])], axis=1)
    outputs = range(step.output.shape[2 + axis])
    read = np.array([step.module.positions_read(axis, (at, at)) for at in outputs])
    read = read.clip(0, len(given) - 1)
    return np.stack([given[read[:, 0], 0], given[read[:, 1], 1]], axis=1)


def sliding_kernel(module: Module) -> SlidingKernel | None:
    """Return the numbers of a layer that slides a kernel, ``None`` for others."""
    kernel = module.sliding_kernel()
    if kernel is None:
        return None
    return SlidingKernel(
        kernel.window,
        kernel.weight.flatten(0, 1).float().clone().numpy(),
        None if kernel.bias is None else kernel.bias.float().clone().numpy(),
        len(kernel.weight),
    )


def _moved_from(step: Step) -> Indices | None:
    """Let a layer that only moves values move their numbers."""
    if not step.module.only_moves:
        return None
    shape = step.input.shape
    numbers = torch.arange(math.prod(shape), dtype=torch.float64).reshape(shape)
    moved: Indices = step.module(numbers)[0].long().numpy()
    return moved


def _documentation(module: Module) -> str:
    """Return the docstring of a layer without the marks of its text format."""
    text = inspect.getdoc(type(module)) or ""
    text = re.sub(r":\w+:`~?(?:[\w.]+\.)?([^`]+)`", r"\1", text)
    return re.sub(r"``([^`]+)``", r"\1", text)


def _multiply_adds(step: Step) -> int:
    read, made = Fraction(step.input.numel()), Fraction(step.output.numel())
    return int(step.module.multiply_adds(read, made))


def _shape(images: Tensor) -> tuple[int, int, int]:
    _, channels, height, width = images.shape
    return channels, height, width
