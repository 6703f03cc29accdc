"""Layers that trade channels for resolution and back without losing a number."""

from __future__ import annotations

from torch import Tensor

from scratch_layers.errors import ShapeError
from scratch_layers.functional import resampling
from scratch_layers.layers.arguments import as_batch, like_input, positive
from scratch_layers.module import Module


class PixelShuffle(Module):
    """(B, C f^2, H, W) or (C f^2, H, W) to (..., C, H f, W f).

    Args:
        upscale_factor: f.

    Raises:
        ShapeError: in :meth:`forward`, the channels are not a multiple of f^2.

    Source: Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient
    Sub-Pixel Convolutional Neural Network" (CVPR 2016).
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = positive("upscale_factor", upscale_factor)

    def forward(self, input: Tensor) -> Tensor:
        """Return the image with fewer channels and more pixels."""
        image = as_batch("PixelShuffle", input)
        if image.shape[1] % self.upscale_factor**2:
            raise ShapeError(
                f"PixelShuffle({self.upscale_factor}) needs a multiple of "
                f"{self.upscale_factor**2} channels, but got {image.shape[1]}."
            )
        output = like_input(resampling.pixel_shuffle(image, self.upscale_factor), input)
        self._save(output.shape)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        """Return the gradient, moved back to the channels."""
        (shape,) = self._restore()
        gradient = self._checked_gradient(gradient, shape)
        image = as_batch("PixelShuffle.backward", gradient)
        return like_input(resampling.pixel_unshuffle(image, self.upscale_factor), gradient)


class PixelUnshuffle(Module):
    """(B, C, H f, W f) or (C, H f, W f) to (..., C f^2, H, W); undoes :class:`PixelShuffle`.

    Args:
        downscale_factor: f.

    Raises:
        ShapeError: in :meth:`forward`, height or width is not a multiple of f.
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = positive("downscale_factor", downscale_factor)

    def forward(self, input: Tensor) -> Tensor:
        """Return the image with more channels and fewer pixels."""
        image = as_batch("PixelUnshuffle", input)
        height, width = image.shape[2:]
        if height % self.downscale_factor or width % self.downscale_factor:
            raise ShapeError(
                f"PixelUnshuffle({self.downscale_factor}) needs height and width to be multiples "
                f"of {self.downscale_factor}, but got {height} x {width}."
            )
        output = like_input(resampling.pixel_unshuffle(image, self.downscale_factor), input)
        self._save(output.shape)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        """Return the gradient, moved back to the pixels."""
        (shape,) = self._restore()
        gradient = self._checked_gradient(gradient, shape)
        image = as_batch("PixelUnshuffle.backward", gradient)
        return like_input(resampling.pixel_shuffle(image, self.downscale_factor), gradient)
