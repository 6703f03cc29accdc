"""A network together with the rules for using it: any image in, a clean image out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ArgumentTypeError, ShapeError
from scratch_layers.models import network_figures
from scratch_layers.models.network_input import (
    check_noise_level,
    reflected_window,
    with_noise_level,
)
from scratch_layers.models.registry import Architecture, architecture
from scratch_layers.module import Module
from scratch_layers.symmetries import SYMMETRIES, apply_symmetry, undo_symmetry

if TYPE_CHECKING:
    from typing_extensions import Self


class Denoiser:
    """Removes noise from images of any size with one network.

    Args:
        architecture: the family that the network belongs to.
        configuration: the configuration it was built with.
        network: the network itself; the denoiser keeps it, it does not copy it.
        passes: 1 to 8; the network sees the image in so many of its symmetries, and the mean of
            what it makes of them is the result (self-ensemble). Each pass takes the time of one.

    Raises:
        ArgumentError: ``passes`` or ``configuration`` cannot be used.

    Source of the mean: Timofte, Rothe, Van Gool, "Seven Ways to Improve Example-Based Single Image
    Super Resolution" (CVPR 2016).
    """

    def __init__(
        self,
        architecture: Architecture,
        configuration: Mapping[str, Any],
        network: Module,
        passes: int = 1,
    ) -> None:
        if not 1 <= passes <= SYMMETRIES:
            raise ArgumentError(f"A denoiser makes 1 to {SYMMETRIES} passes, not {passes}.")
        self.architecture = architecture
        self.configuration = architecture.complete(configuration)
        self.network = network
        self.passes = passes

    @classmethod
    def create(cls, name: str, configuration: Mapping[str, Any] | None = None) -> Self:
        """Build a denoiser of architecture ``name`` with fresh random parameters.

        Raises:
            ArgumentError, ArgumentTypeError: the name or the configuration cannot be used.
        """
        found = architecture(name)
        return cls(found, configuration or {}, found.build(**(configuration or {})))

    @property
    def device(self) -> torch.device:
        """Where the network's parameters live."""
        return self._first_parameter.device

    @property
    def dtype(self) -> torch.dtype:
        """What the network computes in; images may have another dtype."""
        return self._first_parameter.dtype

    @property
    def _first_parameter(self) -> Tensor:
        return next(parameter.value for _, parameter in self.network.named_parameters())

    @cached_property
    def size_multiple(self) -> int:
        """Height and width of what the network itself gets must be multiples of this."""
        return network_figures.size_multiple(self.network)

    @cached_property
    def receptive_radius(self) -> int:
        """How many pixels away, at most, an input pixel can change an output pixel."""
        return network_figures.receptive_radius(self.network)

    @property
    def halo(self) -> int:
        """The receptive radius, rounded up to a multiple of :attr:`size_multiple`."""
        return -(-self.receptive_radius // self.size_multiple) * self.size_multiple

    def to(
        self, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> Self:
        """Move the network to ``device`` and ``dtype``."""
        self.network.to(device, dtype)
        return self

    def network_input(self, image: Tensor, sigma: float | Tensor) -> Tensor:
        """Return what the network takes: the image, with its noise level if that is taken.

        Args:
            image, sigma: as in :meth:`denoise`; height and width must already fit the network.
        """
        if not self.architecture.takes_noise_level:
            return image
        return with_noise_level(image, sigma)

    def clean_image(self, image: Tensor, network_output: Tensor) -> Tensor:
        """Return the clean image that the network's output for the noisy ``image`` stands for."""
        if self.architecture.predicts == "noise":
            return image - network_output
        return network_output

    def denoise(self, image: Tensor, sigma: float | Tensor) -> Tensor:
        """Return the clean image, computed at once (large images: :mod:`scratch_layers.inference`).

        The network runs in evaluation mode and gets its mode back afterwards; if it was in training
        mode, forward passes still open for their backward are forgotten.

        The image is continued by reflection, below and to the right, to a size that the network
        takes, and cut back. The noise is subtracted in the image's own dtype, so that computing
        it in fewer bits costs little.

        Args:
            image: (B, C, H, W) in [0, 1], RGB or, for a mosaic network, RGGB with C = 1; any size
                from 1x1, on any device.
            sigma: standard deviation of the noise in [0, 1] units: one number, one per image
                (B,), or a map (B, 1, H, W). Ignored by networks that take no noise level.

        Returns:
            (B, C, H, W), dtype and device of ``image``; not clamped to [0, 1].

        Raises:
            ShapeError: the image or ``sigma`` has a shape that does not fit.
            ArgumentError: ``sigma`` lies outside [0, 1].
            ArgumentTypeError: the image is not made of floating-point numbers.
        """
        check_image(image, self.architecture.channels)
        if self.architecture.takes_noise_level:
            check_noise_level(sigma, image)
        height, width = image.shape[2:]
        padded = self._padded(image)
        if isinstance(sigma, Tensor) and sigma.dim() == 4:
            sigma = self._padded(sigma)
        # Without autograd's bookkeeping every operation starts sooner.
        with self.network.evaluation(), torch.inference_mode():
            network_input = self.network_input(padded, sigma).to(self.device, self.dtype)
            output = self._mean_output(network_input)[:, :, :height, :width]
        clean = self.clean_image(image, output.to(image.device, image.dtype))
        # A tensor of inference mode could not be changed outside of it.
        return clean.clone() if clean.is_inference() else clean

    def _mean_output(self, network_input: Tensor) -> Tensor:
        """Return the mean of the network's outputs for the first symmetries of its input."""
        output = self.network(network_input)
        if self.passes == 1:
            return output
        total = output.clone()
        for symmetry in range(1, self.passes):
            total += self._turned_output(network_input, symmetry)
        return total.div_(self.passes)

    def _turned_output(self, network_input: Tensor, symmetry: int) -> Tensor:
        """Return the network's output for one symmetry of its input, turned back."""
        height, width = network_input.shape[2:]
        above = left = 0
        if self.architecture.channels == 1:
            # Mirrored, a mosaic begins with red, as it must, from one place beyond its end.
            above, left = ((self.size_multiple - 1) * bool(symmetry & bit) for bit in (2, 1))
        shown = reflected_window(
            network_input, -above, -left, height + bool(above), width + bool(left)
        )
        turned = apply_symmetry(shown, symmetry).contiguous()
        output = undo_symmetry(self.network(turned), symmetry)
        return output[:, :, above : above + height, left : left + width]

    def _padded(self, image: Tensor) -> Tensor:
        height, width = image.shape[2:]
        bottom, right = round_up(height, self.size_multiple), round_up(width, self.size_multiple)
        return reflected_window(image, 0, 0, bottom, right)


def round_up(size: int, multiple: int) -> int:
    """Return the smallest multiple of ``multiple`` that is not below ``size``."""
    return -(-size // multiple) * multiple


def check_image(image: Tensor, channels: int = 3) -> None:
    """Check that ``image`` is what denoisers take, (B, ``channels``, H, W) in floating point.

    Raises:
        ShapeError: it has another shape or no pixel.
        ArgumentTypeError: it is not made of floating-point numbers.
    """
    if image.dim() != 4 or image.shape[1] != channels or not image.shape[2] * image.shape[3]:
        raise ShapeError(
            f"A denoiser takes {'RGB images' if channels == 3 else 'mosaics'} of shape "
            f"(B, {channels}, H, W) with at least one pixel, not {tuple(image.shape)}."
        )
    if not image.is_floating_point():
        raise ArgumentTypeError(
            f"A denoiser takes floating-point images in [0, 1], not {image.dtype}."
        )
