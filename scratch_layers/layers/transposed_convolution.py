"""Transposed convolution: every input pixel stamps a kernel onto the output."""

from __future__ import annotations

from fractions import Fraction

import torch
from torch import Tensor

from scratch_layers.described import Extent
from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.functional import convolution
from scratch_layers.functional.geometry import Geometry, Pair
from scratch_layers.functional.plain import convolution as plain
from scratch_layers.layers.arguments import as_batch, like_input, pair
from scratch_layers.layers.convolution_base import ConvolutionBase
from scratch_layers.window import Window


class ConvTranspose2d(ConvolutionBase):
    r"""The derivative of a convolution with respect to its input, as a layer of its own.

    Every input pixel adds a stamp, the kernel times its value, to the output:

    .. math::
        Y_{b,\,o,\,y s + i d - p,\,x s + j d - p} \leftarrow
        Y_{b,\,o,\,y s + i d - p,\,x s + j d - p} + \sum_c W_{c,o,i,j} X_{b,c,y,x}

    Input (B, C, H, W) or (C, H, W); output (B, O, H', W') or (O, H', W') with
    :math:`H' = (H - 1) s - 2p + d (k - 1) + output\_padding + 1`. Arguments, initialisation and
    state-dict names (``weight`` (C, O / groups, k, k), ``bias`` (O,)) are those of
    ``torch.nn.ConvTranspose2d``.

    Where the stride does not divide the kernel size, some pixels are stamped more often than their
    neighbours: the *checkerboard* that :class:`~scratch_layers.layers.upsampling.Upsampling`
    avoids. Its gradient with respect to the input is a plain convolution.

    Args:
        in_channels, out_channels: C and O.
        kernel_size, stride, dilation: k, s, d; an integer or a (vertical, horizontal) pair.
        padding: p, pixels cut off on every side.
        output_padding: rows and columns added below and right; smaller than stride or dilation.
        groups: the channels are cut into this many parts that do not mix.
        bias: whether a learned constant is added to every output channel.
        padding_mode: ``"zeros"``, as in torch.
        device, dtype: of the parameters.
        algorithm: as in :class:`~scratch_layers.layers.convolution.Conv2d`.

    Raises:
        ArgumentError: a value is out of range; of the kind :class:`GeometryError` for sizes.
        ArgumentTypeError: a size is not an integer.
        ShapeError: in :meth:`forward`, the input's shape, dtype or device does not fit.

    Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning" (2016); Odena,
    Dumoulin & Olah, "Deconvolution and Checkerboard Artifacts" (Distill, 2016).
    """

    purpose = (
        "Adds a kernel of learned weights, times the value of each pixel, to a larger image. "
        "It makes images larger, but with a checkerboard where kernels overlap unevenly."
    )
    equation = "y(o, s·i + d·u − p, s·j + d·v − p) += w(c, o, u, v) · x(c, i, j)"

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
        output_padding: int | Pair = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: int | Pair = 1,
        padding_mode: str = "zeros",
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
            groups,
            bias,
            device,
            dtype,
            algorithm,
        )
        self.padding = pair("padding", padding, minimum=0)
        self.output_padding = self._checked_output_padding(output_padding)
        if padding_mode != "zeros":
            raise ArgumentError(f"padding_mode must be zeros here, not {padding_mode!r}.")
        self.padding_mode = padding_mode

    def forward(self, input: Tensor) -> Tensor:
        """Stamp the kernels, weighted by the pixels of ``input``."""
        image = as_batch("ConvTranspose2d", input)
        self._check_input(image)
        geometry = self._geometry(image)
        output = convolution.input_gradient(
            image, self.weight.value, geometry, self.groups, self.algorithm, self._bias_value()
        )
        output = like_input(output, input)
        self._save(image, geometry, output.shape)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        """Accumulate the gradients of weight and bias; return that of the input."""
        image, geometry, shape = self._restore()
        gradient = self._checked_gradient(gradient, shape)
        output_gradient = as_batch("ConvTranspose2d.backward", gradient)
        arguments = (geometry, self.groups, self.algorithm)
        self.weight.gradient.add_(convolution.weight_gradient(output_gradient, image, *arguments))
        if self.bias is not None:
            self.bias.gradient.add_(convolution.bias_gradient(output_gradient))
        result = convolution.forward(output_gradient, self.weight.value, None, *arguments)
        return like_input(result, gradient)

    def definition(self, input: Tensor) -> Tensor:
        """Add the stamps of one kernel tap after the other."""
        output = plain.input_gradient(input, self.weight.value, self._geometry(input), self.groups)
        return output if self.bias is None else output + self.bias.value[:, None, None]

    def output_extent(self, given: Extent) -> Extent:
        """Return ``out_channels`` planes, larger by the stride."""
        return given.enlarged(self.out_channels, self.stride)

    @property
    def window(self) -> Window:
        """Which pixel stamps each output through each tap: :math:`(y + p - i d) / s`, if whole."""
        dilation = (-self.dilation[0], -self.dilation[1])
        before = (-self.padding[0], -self.padding[1])
        return Window((1, 1), dilation, before, self.stride, has_gaps=True)

    def multiply_adds(self, read: Fraction, made: Fraction) -> Fraction:
        """Return :math:`k^2 O / groups` for every input value."""
        return read * self.weight.value[0].numel()

    def _weight_shape(self) -> tuple[int, int, int, int]:
        return self.in_channels, self.out_channels // self.groups, *self.kernel_size

    def _grouped_weight(self) -> Tensor:
        return super()._grouped_weight().transpose(1, 2)

    def _geometry(self, image: Tensor) -> Geometry:
        """Return the convolution, from output to input, of which this is the transpose."""
        small = (image.shape[2], image.shape[3])
        rows, columns = (
            (small[axis] - 1) * self.stride[axis]
            - 2 * self.padding[axis]
            + self.dilation[axis] * (self.kernel_size[axis] - 1)
            + self.output_padding[axis]
            + 1
            for axis in (0, 1)
        )
        if min(rows, columns) < 1:
            raise ShapeError(
                f"Given input size per channel: ({small[0]} x {small[1]}). Calculated output size "
                f"per channel: ({rows} x {columns}). Output size is too small."
            )
        return Geometry(
            (rows, columns), small, self.kernel_size, self.stride, self.dilation, self.padding
        )
