"""A linear map of the last axis, and what makes one axis of many before it."""

from __future__ import annotations

from fractions import Fraction

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.layers.arguments import as_tensor, check_same_kind, floating, positive
from scratch_layers.module import Module
from scratch_layers.parameter import Parameter


class Linear(Module):
    r""":math:`y = x W^T + \beta`, for every row of a tensor of any shape.

    Input (..., I), output (..., O). Initialisation and state-dict names (``weight`` (O, I),
    ``bias`` (O,)) are those of ``torch.nn.Linear``: uniform within :math:`1 / \sqrt I`.

    The gradients are :math:`\partial L / \partial W = G^T X`, the sum of the rows of :math:`G` for
    the bias, and :math:`G W` for the input.

    Args:
        in_features, out_features: I and O.
        bias: whether there is a :math:`\beta`.
        device, dtype: of the parameters.

    Raises:
        ArgumentError, ArgumentTypeError: a size is not a positive integer.
        ShapeError: in :meth:`forward`, the input's last axis, dtype or device does not fit.
    """

    purpose = (
        "Makes every output a weighted sum of all inputs. It decides from what convolutions "
        "have found, and has a weight for every pair of values."
    )
    equation = "y = W x + bias"
    output_is_new = gradient_is_new = True

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.in_features = positive("in_features", in_features)
        self.out_features = positive("out_features", out_features)
        shape = (self.out_features, self.in_features)
        weight = torch.empty(shape, device=device, dtype=floating(dtype))
        bound = self.in_features**-0.5
        self.weight = Parameter(weight.uniform_(-bound, bound))
        self.bias = None
        if bias:
            self.bias = Parameter(weight.new_empty(self.out_features).uniform_(-bound, bound))

    def forward(self, input: Tensor) -> Tensor:
        """Multiply every row by the transposed weight."""
        input = as_tensor("Linear", input)
        self._check_input(input)
        output = input @ self.weight.value.t()
        if self.bias is not None:
            output += self.bias.value
        self._save(input, output.shape)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        """Accumulate the gradients of weight and bias; return that of the input."""
        input, shape = self._restore()
        gradient = self._checked_gradient(gradient, shape)
        rows = gradient.reshape(-1, self.out_features)
        self.weight.gradient.add_(rows.t() @ input.reshape(-1, self.in_features))
        if self.bias is not None:
            self.bias.gradient.add_(rows.sum(0))
        return gradient @ self.weight.value

    def definition(self, input: Tensor) -> Tensor:
        """Sum the products of every output with every input."""
        output = torch.einsum("...i,oi->...o", input, self.weight.value)
        return output if self.bias is None else output + self.bias.value

    def multiply_adds(self, read: Fraction, made: Fraction) -> Fraction:
        """Return I for every output value."""
        return made * self.in_features

    def _check_input(self, input: Tensor) -> None:
        weight = self.weight.value
        if input.ndim == 0 or input.shape[-1] != self.in_features:
            raise ShapeError(
                f"Linear needs {self.in_features} values along the last axis, but got input of "
                f"size: {list(input.shape)}."
            )
        check_same_kind(input, weight)


class Flatten(Module):
    """Put the values of several axes in a row: by default (B, C, H, W) to (B, C * H * W).

    Unlike ``view`` it takes any layout of memory, such as that of convolutions, channels last; the
    order of the values is that of the axes, whatever their order in memory.

    Args:
        start_dim, end_dim: first and last axis that become one; negative ones count from the end.

    Raises:
        ArgumentError: in :meth:`forward`, there are no such axes in this order.
    """

    purpose = (
        "Puts all values of an image in a row. It stands between convolutions and a layer "
        "that weighs every value by itself."
    )
    equation = "y(c·H·W + i·W + j) = x(c, i, j)"
    only_moves = True

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        """Return the values with fewer axes."""
        input = as_tensor("Flatten", input)
        self._check_axes(input)
        output = input.flatten(self.start_dim, self.end_dim)
        self._save(input.shape, output.shape)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        """Return the gradient in the shape of the input."""
        shape, flat = self._restore()
        return self._checked_gradient(gradient, flat).reshape(shape)

    def definition(self, input: Tensor) -> Tensor:
        """Return the values in the order of their axes."""
        return input.flatten(self.start_dim, self.end_dim)

    def _check_axes(self, input: Tensor) -> None:
        count = max(input.ndim, 1)
        start, end = (axis + count if axis < 0 else axis for axis in (self.start_dim, self.end_dim))
        if not 0 <= start <= end < count:
            raise ArgumentError(
                f"Flatten cannot join axes {self.start_dim} to {self.end_dim} of input of size: "
                f"{list(input.shape)}."
            )
