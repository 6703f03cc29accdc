"""A linear map of the last axis."""

from __future__ import annotations

from fractions import Fraction

import torch
from torch import Tensor

from scratch_layers.errors import ShapeError
from scratch_layers.layers.arguments import as_tensor, floating, positive
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
        if (input.dtype, input.device) != (weight.dtype, weight.device):
            raise ShapeError(
                f"Input type ({input.dtype}, {input.device}) and weight type ({weight.dtype}, "
                f"{weight.device}) should be the same."
            )
