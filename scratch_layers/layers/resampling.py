"""Layers that change the resolution without learning: pixels repeated, or traded for channels."""

from __future__ import annotations

from torch import Tensor

from scratch_layers.described import Extent, Span
from scratch_layers.errors import ShapeError
from scratch_layers.functional import resampling
from scratch_layers.functional.geometry import Pair
from scratch_layers.layers.arguments import as_batch, like_input, pair, positive
from scratch_layers.module import Module


class PixelShuffle(Module):
    r"""Make pixels of channels:
    :math:`Y_{c,\, f y + i,\, f x + j} = X_{c f^2 + f i + j,\, y,\, x}` with i, j from 0 to f - 1.

    Input (B, C f^2, H, W) or (C f^2, H, W), output (..., C, H f, W f).

    Args:
        upscale_factor: f.

    Raises:
        ShapeError: in :meth:`forward`, the channels are not a multiple of f^2.

    Source: Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient
    Sub-Pixel Convolutional Neural Network" (CVPR 2016).
    """

    purpose = (
        "Puts the values of f² channels side by side, as squares of f × f pixels. It undoes "
        "a PixelUnshuffle, so that a network that works at a smaller size ends at the full "
        "one."
    )
    equation = "y(c, f·i + u, f·j + v) = x(c·f² + f·u + v, i, j)"
    only_moves = True

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

    def definition(self, input: Tensor) -> Tensor:
        """Cut the channels into squares of f by f and interleave these with the pixels."""
        return resampling.pixel_shuffle(input, self.upscale_factor)

    def output_extent(self, given: Extent) -> Extent:
        """Return f * f times fewer planes, f times larger."""
        factor = self.upscale_factor
        return given.enlarged(given.channels // factor**2, (factor, factor))

    def positions_read(self, axis: int, outputs: Span) -> Span:
        """Return the positions in whose channels the outputs lay."""
        return outputs[0] // self.upscale_factor, outputs[1] // self.upscale_factor


class PixelUnshuffle(Module):
    """Make channels of pixels; undoes :class:`PixelShuffle`.

    Input (B, C, H f, W f) or (C, H f, W f), output (..., C f^2, H, W).

    Args:
        downscale_factor: f.

    Raises:
        ShapeError: in :meth:`forward`, height or width is not a multiple of f.
    """

    purpose = (
        "Turns every square of f × f pixels into f² channels. Nothing is lost, and all that "
        "follows computes with f² times fewer pixels and sees f times as far."
    )
    equation = "y(c·f² + f·u + v, i, j) = x(c, f·i + u, f·j + v)"
    only_moves = True

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

    def definition(self, input: Tensor) -> Tensor:
        """Make every pixel of a square of f by f a channel of its own."""
        return resampling.pixel_unshuffle(input, self.downscale_factor)

    def output_extent(self, given: Extent) -> Extent:
        """Return f * f times more planes, f times smaller."""
        factor = self.downscale_factor
        return given.reduced(given.channels * factor**2, (factor, factor))

    def positions_read(self, axis: int, outputs: Span) -> Span:
        """Return the pixels of the squares."""
        factor = self.downscale_factor
        return outputs[0] * factor, outputs[1] * factor + factor - 1


class NNUpsampling(Module):
    r"""Repeat every pixel m times along both axes,
    :math:`Y_{c,y,x} = X_{c,\lfloor y/m \rfloor,\lfloor x/m \rfloor}`.

    Input (B, C, H, W) or (C, H, W), output (..., H m, W m).

    Args:
        scale_factor: m, a positive integer or a (vertical, horizontal) pair.

    Raises:
        ArgumentTypeError, GeometryError: ``scale_factor`` is not positive, or no integer.
        ShapeError: in :meth:`forward`, the input is no image.
    """

    purpose = (
        "Repeats every pixel in a square. It makes images larger without learning anything, "
        "and without a checkerboard."
    )
    equation = "y(c, i, j) = x(c, ⌊i/m⌋, ⌊j/m⌋)"
    only_moves = True

    def __init__(self, scale_factor: int | Pair) -> None:
        super().__init__()
        self.scale_factor = pair("scale_factor", scale_factor, minimum=1)

    def forward(self, input: Tensor) -> Tensor:
        """Return the enlarged image."""
        image = as_batch("NNUpsampling", input)
        output = like_input(resampling.upsample_nearest(image, self.scale_factor), input)
        self._save(output.shape)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        """Return the sum of the gradient over the copies of every pixel."""
        (shape,) = self._restore()
        gradient = self._checked_gradient(gradient, shape)
        image = as_batch("NNUpsampling.backward", gradient)
        return like_input(resampling.upsample_nearest_backward(image, self.scale_factor), gradient)

    def definition(self, input: Tensor) -> Tensor:
        """Repeat rows, then columns."""
        vertical, horizontal = self.scale_factor
        return input.repeat_interleave(vertical, 2).repeat_interleave(horizontal, 3)

    def output_extent(self, given: Extent) -> Extent:
        """Return as many planes, larger by the scale."""
        return given.enlarged(given.channels, self.scale_factor)

    def positions_read(self, axis: int, outputs: Span) -> Span:
        """Return the pixels that the outputs are copies of."""
        scale = self.scale_factor[axis]
        return outputs[0] // scale, outputs[1] // scale

    def details(self) -> str:
        """Return how many times larger the output is."""
        return f"{self.scale_factor[0]}× larger"
