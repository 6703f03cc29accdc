"""Two-dimensional convolution."""

from __future__ import annotations

from fractions import Fraction

import torch
from torch import Tensor

from scratch_layers.described import Extent
from scratch_layers.errors import ArgumentError
from scratch_layers.functional import convolution
from scratch_layers.functional.geometry import Geometry, Pair, Sides, same_padding
from scratch_layers.functional.padding import PADDING_MODES, pad, pad_backward
from scratch_layers.functional.plain import convolution as plain
from scratch_layers.layers.arguments import as_batch, like_input, pair
from scratch_layers.layers.convolution_base import ConvolutionBase
from scratch_layers.window import Window


class Conv2d(ConvolutionBase):
    r"""Convolve an image with learned kernels.

    .. math::
        Y_{b,o,y,x} = \beta_o + \sum_{c,i,j} W_{o,c,i,j}
        X_{b,\,c,\,y s + i d - p,\,x s + j d - p}

    Input (B, C, H, W) or (C, H, W); output (B, O, H', W') or (O, H', W') with
    :math:`H' = \lfloor (H + 2p - d (k - 1) - 1) / s \rfloor + 1`. Arguments, initialisation and
    state-dict names (``weight``, ``bias``) are those of ``torch.nn.Conv2d``.

    An input pixel that is NaN or infinite makes every output that reads it NaN, and with the fast
    algorithms also outputs that are computed together with these: up to 6 pixels away instead of 1
    for a 3x3 kernel, 12 to 64 outputs instead of 9, and up to 5 instead of 2 for a 5x5 kernel.

    The output's memory is channels last, so ``output.view(B, -1)`` is refused by torch; use
    :class:`~scratch_layers.layers.linear.Flatten` or ``output.flatten(1)``.

    Args:
        in_channels, out_channels: C and O.
        kernel_size, stride, dilation: k, s, d; an integer or a (vertical, horizontal) pair.
        padding: p, an integer or pair, or ``"valid"`` (none) or ``"same"`` (output as large as the
            input; stride 1 only).
        groups: the channels are cut into this many parts that do not mix.
        bias: whether there is a :math:`\beta`.
        padding_mode: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.
        device, dtype: of the parameters.
        algorithm: ``"auto"``, or one of :data:`scratch_layers.functional.convolution.ALGORITHMS`
            to be used wherever it can compute the layer's shape.

    Raises:
        ArgumentError: a value is out of range; of the kind :class:`GeometryError` for sizes.
        ArgumentTypeError: a size is not an integer.
        ShapeError: in :meth:`forward`, the input's shape, dtype or device does not fit.
    """

    purpose = (
        "Slides a window over the image and adds up its values times a kernel of learned "
        "weights, for every output channel. The same small pattern is looked for everywhere, "
        "with few weights."
    )
    equation = "y(o, i, j) = bias(o) + Σ w(o, c, u, v) · x(c, s·i + d·u − p, s·j + d·v − p)"

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair | str = 0,
        dilation: int | Pair = 1,
        groups: int = 1,
        bias: bool = True,
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
        self.padding = padding if isinstance(padding, str) else pair("padding", padding, minimum=0)
        self.sides = self._sides()
        if padding_mode not in PADDING_MODES:
            raise ArgumentError(
                f"padding_mode must be one of {', '.join(PADDING_MODES)}, not {padding_mode!r}."
            )
        self.padding_mode = padding_mode

    def forward(self, input: Tensor) -> Tensor:
        """Convolve ``input``."""
        image = as_batch("Conv2d", input)
        self._check_input(image)
        image, geometry = self._padded(image)
        output = like_input(
            convolution.forward(
                image,
                self.weight.value,
                self._bias_value(),
                geometry,
                self.groups,
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
        output_gradient = as_batch("Conv2d.backward", gradient)
        result, taps = convolution.gradients(
            image, output_gradient, self.weight.value, geometry, self.groups, self.algorithm
        )
        self.weight.gradient.add_(taps)
        if self.bias is not None:
            self.bias.gradient.add_(convolution.bias_gradient(output_gradient))
        if self._pads_with_pixels():
            result = pad_backward(result, self.sides, self.padding_mode)
        return like_input(result, gradient)

    def definition(self, input: Tensor) -> Tensor:
        """Compute the equation above one kernel tap after the other."""
        image, geometry = self._padded(input)
        return plain.forward(image, self.weight.value, self._bias_value(), geometry, self.groups)

    def output_extent(self, given: Extent) -> Extent:
        """Return ``out_channels`` planes, smaller by the stride."""
        return given.reduced(self.out_channels, self.stride)

    @property
    def window(self) -> Window:
        """Which pixel each tap of the kernel meets."""
        before = (self.sides[0], self.sides[2])
        return Window(self.stride, self.dilation, before, padding_mode=self.padding_mode)

    def multiply_adds(self, read: Fraction, made: Fraction) -> Fraction:
        """Return :math:`k^2 C / groups` for every output value."""
        return made * self.weight.value[0].numel()

    def _padded(self, image: Tensor) -> tuple[Tensor, Geometry]:
        """Return the image that the convolution reads, and where; zeros it adds by itself."""
        sides = self.sides
        if self._pads_with_pixels():
            image, sides = pad(image, sides, self.padding_mode), (0, 0, 0, 0)
        size = (image.shape[2], image.shape[3])
        return image, Geometry.of(size, self.kernel_size, self.stride, self.dilation, sides)

    def _pads_with_pixels(self) -> bool:
        return self.padding_mode != "zeros" and any(self.sides)

    def _sides(self) -> Sides:
        if self.padding == "valid":
            return 0, 0, 0, 0
        if self.padding == "same":
            if self.stride != (1, 1):
                raise ArgumentError(
                    "padding='same' is not supported for strided convolutions; "
                    f"stride must be 1, not {self.stride}."
                )
            return same_padding(self.kernel_size, self.dilation)
        if isinstance(self.padding, str):
            raise ArgumentError(
                f"padding must be 'same', 'valid' or a number, not {self.padding!r}."
            )
        vertical, horizontal = self.padding
        return vertical, vertical, horizontal, horizontal
