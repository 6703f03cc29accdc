"""Nearest-neighbour upsampling followed by a convolution."""

from __future__ import annotations

from fractions import Fraction

import torch
from torch import Tensor

from scratch_layers.described import Extent
from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.functional import convolution, upsampling
from scratch_layers.functional.geometry import Geometry, Pair, Sides
from scratch_layers.functional.plain import convolution as plain
from scratch_layers.layers.arguments import as_batch, like_input, pair
from scratch_layers.layers.convolution_base import ConvolutionBase
from scratch_layers.layers.resampling import NNUpsampling
from scratch_layers.window import Window


class Upsampling(ConvolutionBase):
    r"""Enlarge by nearest neighbours, then convolve: the paper's stand-in for ConvTranspose2d.

    It has no checkerboard artefacts. The enlarged image is never built, see
    :mod:`scratch_layers.functional.upsampling`.

    With ``transposeconvargs=True`` the arguments are ConvTranspose2d's and so is the size of the
    output, :math:`H' = (H - 1) s - 2p + d (k - 1) + output\_padding + 1`: the image is enlarged by
    :math:`s`, then convolved at stride 1 with :math:`d (k - 1) - p` pixels of padding above and
    :math:`d (k - 1) - p - (s - 1) + output\_padding` below (negative numbers crop).

    With ``transposeconvargs=False`` the image is enlarged by ``scale_factor``, and ``stride``,
    ``padding`` and ``dilation`` are those of the convolution that follows.

    Input (B, C, H, W) or (C, H, W). State-dict names: ``weight`` (O, C, k, k) and ``bias`` (O,).

    Args:
        in_channels, out_channels: C and O.
        kernel_size, stride, padding, dilation: an integer or a (vertical, horizontal) pair.
        bias: whether a learned constant is added to every output channel.
        output_padding: see above; smaller than stride or dilation.
        transposeconvargs: which of the two meanings the arguments have.
        scale_factor: the enlargement, where ``transposeconvargs`` is False.
        device, dtype: of the parameters.
        algorithm: as in :class:`~scratch_layers.layers.convolution.Conv2d`.

    Raises:
        ArgumentError: a value is out of range, or belongs to the other meaning.
        ArgumentTypeError: a size is not an integer.
        ShapeError: in :meth:`forward`, the input's shape, dtype or device does not fit.

    Source: "Implementing our own Modules" (Philippe, Devaud, Kremer; EPFL).
    """

    purpose = (
        "Repeats every pixel in a square, then convolves. It makes images larger as a "
        "transposed convolution does, but every output sees as many pixels as its neighbour, "
        "so that no checkerboard appears."
    )
    equation = "y(o, i, j) = bias(o) + Σ w(o, c, u, v) · x(c, ⌊(i + u − p)/m⌋, ⌊(j + v − p)/m⌋)"

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
        dilation: int | Pair = 1,
        bias: bool = True,
        output_padding: int | Pair = 0,
        transposeconvargs: bool = True,
        scale_factor: int | Pair | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        algorithm: str = "auto",
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            dilation,
            1,
            bias,
            device,
            dtype,
            algorithm,
        )
        self.padding = pair("padding", padding, minimum=0)
        self.output_padding = pair("output_padding", output_padding, minimum=0)
        self.transposeconvargs = transposeconvargs
        self.scale_factor = scale_factor
        self.scale = self._checked_scale(scale_factor)

    def forward(self, input: Tensor) -> Tensor:
        """Enlarge and convolve ``input``."""
        image = as_batch("Upsampling", input)
        self._check_input(image)
        geometry = self._geometry(image)
        output = like_input(
            upsampling.forward(
                image,
                self.weight.value,
                self._bias_value(),
                self.scale,
                geometry,
                self.algorithm,
            ),
            input,
        )
        self._save(image, geometry, output.shape)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        """Accumulate the gradients of weight and bias; return that of the input."""
        image, geometry, shape = self._restore()
        gradient = self._checked_gradient(gradient, shape)
        output_gradient = as_batch("Upsampling.backward", gradient)
        arguments = (self.scale, geometry, self.algorithm)
        self.weight.gradient.add_(upsampling.weight_gradient(image, output_gradient, *arguments))
        if self.bias is not None:
            self.bias.gradient.add_(convolution.bias_gradient(output_gradient))
        result = upsampling.input_gradient(output_gradient, self.weight.value, *arguments)
        return like_input(result, gradient)

    def definition(self, input: Tensor) -> Tensor:
        """Build the enlarged image and convolve it, one kernel tap after the other."""
        enlarged = NNUpsampling(self.scale).definition(input)
        return plain.forward(enlarged, self.weight.value, self._bias_value(), self._geometry(input))

    def output_extent(self, given: Extent) -> Extent:
        """Return ``out_channels`` planes, larger by the scale and smaller by the stride."""
        enlarged = given.enlarged(self.out_channels, self.scale)
        return enlarged.reduced(self.out_channels, self.convolution_stride)

    @property
    def window(self) -> Window:
        """Which pixel each tap of the kernel meets, in the copies of it."""
        before = (self.sides[0], self.sides[2])
        return Window(self.convolution_stride, self.dilation, before, self.scale)

    def multiply_adds(self, read: Fraction, made: Fraction) -> Fraction:
        """Return :math:`k^2 C` for every output value."""
        return made * self.weight.value[0].numel()

    def details(self) -> str:
        """Return the size of the kernel and how many times larger the output is."""
        words = ["×".join(str(side) for side in self.kernel_size), f"{self.scale[0]}× larger"]
        if self.convolution_stride != (1, 1):
            words.append(f"stride {self.convolution_stride[0]}")
        return ", ".join(words)

    @property
    def convolution_stride(self) -> Pair:
        """Stride of the convolution on the enlarged image."""
        return (1, 1) if self.transposeconvargs else self.stride

    @property
    def sides(self) -> Sides:
        """Padding of the enlarged image; negative numbers crop."""
        if self.transposeconvargs:
            return *self._transposed_sides(0), *self._transposed_sides(1)
        vertical, horizontal = self.padding
        return vertical, vertical, horizontal, horizontal

    def _checked_scale(self, scale_factor: int | Pair | None) -> Pair:
        if not self.transposeconvargs:
            if scale_factor is None:
                raise ArgumentError("scale_factor is needed where transposeconvargs is False.")
            if self.output_padding != (0, 0):
                raise ArgumentError(
                    f"output_padding {self.output_padding} has a meaning only where "
                    "transposeconvargs is True."
                )
            return pair("scale_factor", scale_factor, minimum=1)
        if scale_factor is not None:
            raise ArgumentError(
                f"scale_factor {scale_factor!r} has a meaning only where transposeconvargs is "
                "False; stride is the enlargement here."
            )
        self._checked_output_padding(self.output_padding)
        return self.stride

    def _geometry(self, image: Tensor) -> Geometry:
        """Return where the convolution reads in the enlarged image."""
        size = (image.shape[2] * self.scale[0], image.shape[3] * self.scale[1])
        if self.transposeconvargs:
            self._check_output_size(size, self.sides)
        stride = self.convolution_stride
        return Geometry.of(size, self.kernel_size, stride, self.dilation, self.sides)

    def _transposed_sides(self, axis: int) -> tuple[int, int]:
        before = self.dilation[axis] * (self.kernel_size[axis] - 1) - self.padding[axis]
        return before, before - (self.stride[axis] - 1) + self.output_padding[axis]

    def _check_output_size(self, size: Pair, sides: Sides) -> None:
        top, bottom, left, right = sides
        output = (
            size[0] + top + bottom - self.dilation[0] * (self.kernel_size[0] - 1),
            size[1] + left + right - self.dilation[1] * (self.kernel_size[1] - 1),
        )
        if min(output) < 1:
            small = (size[0] // self.stride[0], size[1] // self.stride[1])
            raise ShapeError(
                f"Given input size per channel: ({small[0]} x {small[1]}). Calculated output size "
                f"per channel: ({output[0]} x {output[1]}). Output size is too small."
            )
