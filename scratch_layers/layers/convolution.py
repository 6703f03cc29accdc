"""Two-dimensional convolution."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ArgumentTypeError, ShapeError
from scratch_layers.functional import convolution
from scratch_layers.functional.geometry import Geometry, Pair, Sides, same_padding
from scratch_layers.functional.padding import PADDING_MODES, pad, pad_backward
from scratch_layers.layers.arguments import as_batch, like_input, pair, positive
from scratch_layers.module import Module, Parameter


def new_weight_and_bias(
    out_channels: int,
    in_channels: int,
    kernel: Pair,
    bias: bool,
    device: torch.device | str | None,
    dtype: torch.dtype | None,
) -> tuple[Parameter, Parameter | None]:
    r"""Draw a convolution's parameters from :math:`U(-b, b)`, :math:`b = 1/\sqrt{fan_{in}}`.

    The bound is the one torch uses, He et al.'s with a negative slope of :math:`\sqrt 5`.

    Args:
        in_channels: input channels that one output channel reads.

    Raises:
        ArgumentTypeError: ``dtype`` is not a dtype.
        ShapeError: ``dtype`` is not a floating-point type.

    Source: He et al., "Delving Deep into Rectifiers" (ICCV 2015).
    """
    if dtype is not None and not isinstance(dtype, torch.dtype):
        raise ArgumentTypeError(f"dtype must be a torch.dtype, not {dtype!r}.")
    if dtype is not None and not dtype.is_floating_point:
        raise ShapeError(f"A convolution needs a floating-point dtype, not {dtype}.")
    bound = (in_channels * kernel[0] * kernel[1]) ** -0.5
    shape = (out_channels, in_channels, *kernel)
    weight = torch.empty(shape, device=device, dtype=dtype).uniform_(-bound, bound)
    if not bias:
        return Parameter(weight), None
    return Parameter(weight), Parameter(weight.new_empty(out_channels).uniform_(-bound, bound))


def check_input(weight: Tensor, input: Tensor, groups: int) -> None:
    """Raise :class:`ShapeError` unless ``input`` has pixels and fits ``weight``.

    It fits if it has the channels that the weight reads in each of ``groups`` parts, and the
    weight's dtype and device.
    """
    expected = weight.shape[1] * groups
    if input.shape[1] != expected:
        raise ShapeError(
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected "
            f"input{list(input.shape)} to have {expected} channels, but got {input.shape[1]} "
            "channels instead."
        )
    if not all(input.shape[1:]):
        raise ShapeError(
            f"An image needs at least one pixel; only the batch may be empty, but got input of "
            f"size: {list(input.shape)}."
        )
    if (input.dtype, input.device) != (weight.dtype, weight.device):
        raise ShapeError(
            f"Input type ({input.dtype}, {input.device}) and weight type ({weight.dtype}, "
            f"{weight.device}) should be the same."
        )


class Conv2d(Module):
    r"""Convolve an image with learned kernels.

    .. math::
        Y_{b,o,y,x} = \beta_o + \sum_{c,i,j} W_{o,c,i,j}
        X_{b,\,c,\,y s + i d - p,\,x s + j d - p}

    Input (B, C, H, W) or (C, H, W); output (B, O, H', W') or (O, H', W') with
    :math:`H' = \lfloor (H + 2p - d (k - 1) - 1) / s \rfloor + 1`. Arguments, initialisation and
    state-dict names (``weight``, ``bias``) are those of ``torch.nn.Conv2d``.

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
        super().__init__()
        self.in_channels = positive("in_channels", in_channels)
        self.out_channels = positive("out_channels", out_channels)
        self.kernel_size = pair("kernel_size", kernel_size, minimum=1)
        self.stride = pair("stride", stride, minimum=1)
        self.dilation = pair("dilation", dilation, minimum=1)
        self.groups = _checked_groups(groups, self.in_channels, self.out_channels)
        self.padding = self._sides(padding)
        if padding_mode not in PADDING_MODES:
            raise ArgumentError(
                f"padding_mode must be one of {', '.join(PADDING_MODES)}, not {padding_mode!r}."
            )
        self.padding_mode = padding_mode
        self.algorithm = convolution.checked_algorithm(algorithm)
        self.weight, self.bias = new_weight_and_bias(
            self.out_channels,
            self.in_channels // self.groups,
            self.kernel_size,
            bias,
            device,
            dtype,
        )

    @property
    def output_is_new(self) -> bool:
        """Always: it is computed into memory of its own."""
        return True

    @property
    def gradient_is_new(self) -> bool:
        """Always, as the output."""
        return True

    def forward(self, input: Tensor) -> Tensor:
        """Convolve ``input``."""
        image = as_batch("Conv2d", input)
        check_input(self.weight.value, image, self.groups)
        padding = self.padding
        if self._pads_with_pixels():
            image, padding = pad(image, padding, self.padding_mode), (0, 0, 0, 0)
        size = (image.shape[2], image.shape[3])
        geometry = Geometry.of(size, self.kernel_size, self.stride, self.dilation, padding)
        bias = None if self.bias is None else self.bias.value
        output = like_input(
            convolution.forward(
                image, self.weight.value, bias, geometry, self.groups, self.algorithm
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
        arguments = (geometry, self.groups, self.algorithm)
        self.weight.gradient.add_(convolution.weight_gradient(image, output_gradient, *arguments))
        if self.bias is not None:
            self.bias.gradient.add_(convolution.bias_gradient(output_gradient))
        result = convolution.input_gradient(output_gradient, self.weight.value, *arguments)
        if self._pads_with_pixels():
            result = pad_backward(result, self.padding, self.padding_mode)
        return like_input(result, gradient)

    def _pads_with_pixels(self) -> bool:
        """Tell whether padding copies pixels; zeros are added by the convolution itself."""
        return self.padding_mode != "zeros" and any(self.padding)

    def _sides(self, padding: int | Pair | str) -> Sides:
        if padding == "valid":
            return 0, 0, 0, 0
        if padding == "same":
            if self.stride != (1, 1):
                raise ArgumentError(
                    "padding='same' is not supported for strided convolutions; "
                    f"stride must be 1, not {self.stride}."
                )
            return same_padding(self.kernel_size, self.dilation)
        if isinstance(padding, str):
            raise ArgumentError(f"padding must be 'same', 'valid' or a number, not {padding!r}.")
        vertical, horizontal = pair("padding", padding, minimum=0)
        return vertical, vertical, horizontal, horizontal


def _checked_groups(groups: int, in_channels: int, out_channels: int) -> int:
    groups = positive("groups", groups)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise ArgumentError(
                f"{name} must be divisible by groups, but {channels} is not by {groups}."
            )
    return groups
