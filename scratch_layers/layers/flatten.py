"""Many axes become one."""

from __future__ import annotations

from torch import Tensor

from scratch_layers.errors import ArgumentError
from scratch_layers.layers.arguments import as_tensor
from scratch_layers.module import Module


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
