"""What layers with a kernel share: arguments, parameters and checks."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.described import SlidingKernel, Span
from scratch_layers.errors import ArgumentError, GeometryError, ShapeError
from scratch_layers.functional import convolution
from scratch_layers.functional.geometry import Pair
from scratch_layers.layers.arguments import check_same_kind, floating, pair, positive
from scratch_layers.module import Module
from scratch_layers.parameter import Parameter
from scratch_layers.window import Window


class ConvolutionBase(Module):
    r"""A layer that slides a kernel over an image.

    A new weight and bias are drawn from :math:`U(-b, b)` with :math:`b = 1/\sqrt{fan_{in}}`, as in
    torch: the bound of He et al. with a negative slope of :math:`\sqrt 5`.

    Args:
        in_channels, out_channels: channels of input and output.
        kernel_size, stride, dilation: an integer or a (vertical, horizontal) pair.
        groups: the channels are cut into this many parts that do not mix.
        bias: whether a learned constant is added to every output channel.
        device, dtype: of the parameters.
        algorithm: ``"auto"``, or one of :data:`scratch_layers.functional.convolution.ALGORITHMS`
            to be used wherever it can compute the layer's shape.

    Raises:
        ArgumentError: a value is out of range; of the kind :class:`GeometryError` for sizes.
        ArgumentTypeError: a size is not an integer, or ``dtype`` is not a dtype.
        ShapeError: ``dtype`` is not a floating-point type.

    Source: He et al., "Delving Deep into Rectifiers" (ICCV 2015).
    """

    weight: Parameter
    bias: Parameter | None
    output_is_new = gradient_is_new = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair,
        dilation: int | Pair,
        groups: int,
        bias: bool,
        device: torch.device | str | None,
        dtype: torch.dtype | None,
        algorithm: str,
    ) -> None:
        super().__init__()
        self.in_channels = positive("in_channels", in_channels)
        self.out_channels = positive("out_channels", out_channels)
        self.kernel_size = pair("kernel_size", kernel_size, minimum=1)
        self.stride = pair("stride", stride, minimum=1)
        self.dilation = pair("dilation", dilation, minimum=1)
        self.groups = _checked_groups(groups, self.in_channels, self.out_channels)
        self.algorithm = convolution.checked_algorithm(algorithm)
        self._draw_parameters(bias, device, dtype)

    @property
    def window(self) -> Window:
        """Which pixel each tap of the kernel meets."""
        raise NotImplementedError(f"{type(self).__name__} does not define window.")

    def sliding_kernel(self) -> SlidingKernel:
        """Return the kernel with its weight in the order of a convolution's."""
        return SlidingKernel(self.window, self._grouped_weight(), self._bias_value())

    def positions_read(self, axis: int, outputs: Span) -> Span:
        """Return the input positions under the kernel."""
        return self.window.positions_read(axis, outputs, self.kernel_size[axis])

    def details(self) -> str:
        """Return the size of the kernel and, where they are not one, stride and groups."""
        words = ["×".join(str(side) for side in self.kernel_size)]
        if self.stride != (1, 1):
            words.append(f"stride {self.stride[0]}")
        if self.groups != 1:
            words.append(f"{self.groups} groups")
        return ", ".join(words)

    def _weight_shape(self) -> tuple[int, int, int, int]:
        return self.out_channels, self.in_channels // self.groups, *self.kernel_size

    def _grouped_weight(self) -> Tensor:
        """Return a view (groups, outputs of a group, inputs of a group, k, k) of the weight."""
        return self.weight.value.view(self.groups, -1, *self.weight.value.shape[1:])

    def _draw_parameters(
        self, bias: bool, device: torch.device | str | None, dtype: torch.dtype | None
    ) -> None:
        weight = torch.empty(self._weight_shape(), device=device, dtype=floating(dtype))
        bound = weight[0].numel() ** -0.5
        self.weight = Parameter(weight.uniform_(-bound, bound))
        self.bias = None
        if bias:
            self.bias = Parameter(weight.new_empty(self.out_channels).uniform_(-bound, bound))

    def _bias_value(self) -> Tensor | None:
        return None if self.bias is None else self.bias.value

    def _check_input(self, input: Tensor) -> None:
        """Raise :class:`ShapeError` unless the image has pixels and fits the weight."""
        weight = self.weight.value
        if input.shape[1] != self.in_channels:
            raise ShapeError(
                f"Given groups={self.groups}, weight of size {list(weight.shape)}, expected "
                f"input{list(input.shape)} to have {self.in_channels} channels, but got "
                f"{input.shape[1]} channels instead."
            )
        if not all(input.shape[1:]):
            raise ShapeError(
                f"An image needs at least one pixel; only the batch may be empty, but got input "
                f"of size: {list(input.shape)}."
            )
        check_same_kind(input, weight)

    def _checked_output_padding(self, output_padding: int | Pair) -> Pair:
        """Return what a transposed convolution adds below and to the right, if it may be added."""
        checked = pair("output_padding", output_padding, minimum=0)
        for extra, stride, dilation in zip(checked, self.stride, self.dilation, strict=True):
            if extra >= max(stride, dilation):
                raise GeometryError(
                    f"output_padding must be smaller than either stride or dilation, but "
                    f"{extra} is not smaller than {stride} or {dilation}."
                )
        return checked


def _checked_groups(groups: int, in_channels: int, out_channels: int) -> int:
    groups = positive("groups", groups)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise ArgumentError(
                f"{name} must be divisible by groups, but {channels} is not by {groups}."
            )
    return groups
