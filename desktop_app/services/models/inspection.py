"""Runs a network on a small picture and keeps what every layer puts out.

Imported on worker threads only, because it needs torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
from scratch_layers.layers import Conv2d, PixelUnshuffle, Residual, Sequential, Upsampling
from scratch_layers.models import Denoiser
from scratch_layers.models.denoiser import round_up
from scratch_layers.models.reflection import reflected_window
from scratch_layers.module import Module
from scratch_layers.noise_estimation import estimate_sigma

LARGEST_SIGMA = 75 / 255
MOST_DEVIATIONS = 2.5
SUM = "Sum"


@dataclass(frozen=True)
class _Step:
    """A layer with what went into it and what came out, while the network runs."""

    name: str
    module: Module
    input: Tensor
    output: Tensor
    depth: int
    skip_from: int | None = None


def inspect_network(pixels: Pixels, picture: str, model: str) -> NetworkReport:
    """Run a model on a picture and report on every layer.

    Args:
        pixels: (H, W, 3) uint8, a few hundred pixels wide.
        picture: its name.
        model: name or path, see :func:`desktop_app.services.models.model_store.load`.

    Raises:
        AppError, ScratchError: the model cannot be used.
    """
    denoiser, card = model_store.load(model, "cpu")
    image = torch.tensor(pixels).permute(2, 0, 1)[None].float() / 255
    sigma = min(estimate_sigma(image), LARGEST_SIGMA)
    layers = tuple(_report(step) for step in _steps(denoiser, image, sigma))
    parameters = sum(value.numel() for value in denoiser.network.state_dict().values())
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
    for step in network if isinstance(network, Sequential) else ():
        if isinstance(step, PixelUnshuffle):
            factor *= step.downscale_factor
        elif isinstance(step, Conv2d):
            weight = step.weight.value.float()
            out, channels, height, width = weight.shape
            parts = weight.reshape(out, channels // factor**2, factor, factor, height, width)
            colours = parts[:, :3].permute(0, 4, 2, 5, 3, 1)
            if colours.shape[-1] != 3:
                return None
            whole = colours.reshape(out, height * factor, width * factor, 3)
            largest = whole.abs().amax(dim=(1, 2, 3), keepdim=True).clamp(min=1e-12)
            return _to_bytes(127.5 + 127.5 * whole / largest)
        else:
            return None
    return None


def _steps(denoiser: Denoiser, image: Tensor, sigma: float) -> Iterator[_Step]:
    """Run the network layer by layer, in evaluation mode."""
    multiple = denoiser.size_multiple
    height, width = (round_up(side, multiple) for side in image.shape[2:])
    padded = reflected_window(image, 0, 0, height, width)
    denoiser.network.eval()
    input = denoiser.network_input(padded, sigma).to(denoiser.device, denoiser.dtype)
    yield from _Walk().follow(denoiser.network, input, "", 0)


class _Walk:
    """Counts the layers on the way through a network."""

    def __init__(self) -> None:
        self._count = 0

    def follow(self, module: Module, input: Tensor, name: str, depth: int) -> Iterator[_Step]:
        """Yield every layer below ``module``; the last one's output is that of ``module``."""
        prefix = f"{name}." if name else ""
        if isinstance(module, Sequential):
            for child_name, child in module.children():
                step: _Step | None = None
                for step in self.follow(child, input, prefix + child_name, depth):
                    yield step
                input = input if step is None else step.output
        elif isinstance(module, Residual):
            first, output = self._count, input
            for step in self.follow(module.body, input, f"{prefix}body", depth + 1):
                output = step.output
                yield step
            self._count += 1
            yield _Step(name, module, input, input + output, depth, first)
        else:
            self._count += 1
            yield _Step(name, module, input, module(input), depth)


def _report(step: _Step) -> LayerReport:
    output = step.output[0].float()
    is_sum = isinstance(step.module, Residual)
    own = () if is_sum else step.module.state_dict().values()
    return LayerReport(
        name=step.name,
        kind=SUM if is_sum else type(step.module).__name__,
        details="what was skipped + what was learned" if is_sum else _details(step.module),
        input_shape=_shape(step.input),
        output_shape=_shape(step.output),
        parameters=sum(value.numel() for value in own),
        depth=step.depth,
        skip_from=step.skip_from,
        maps=_stretched(output),
        lowest=float(output.min()),
        highest=float(output.max()),
    )


def _details(module: Module) -> str:
    if isinstance(module, (Conv2d, Upsampling)):
        parts = ["×".join(str(side) for side in module.kernel_size)]
        if isinstance(module, Upsampling):
            parts.append(f"{module.scale_factor[0]}× larger")
        if module.stride != (1, 1):
            parts.append(f"stride {module.stride[0]}")
        return ", ".join(parts)
    return ""


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
