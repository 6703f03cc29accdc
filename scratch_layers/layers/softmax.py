"""Numbers become probabilities."""

from __future__ import annotations

from torch import Tensor

from scratch_layers.errors import ArgumentError
from scratch_layers.layers.arguments import as_tensor
from scratch_layers.module import Module


class Softmax(Module):
    r""":math:`y_i = e^{x_i} / \sum_j e^{x_j}` along one axis of a tensor of any shape.

    With the gradient :math:`g` of the output, that of the input is
    :math:`y_i (g_i - \sum_j g_j y_j)`. To learn classes, leave it out and give the numbers before
    it to :class:`~scratch_layers.cross_entropy.CrossEntropy`, which is more exact.

    Args:
        dim: the axis; negative ones count from the end.

    Raises:
        ArgumentError: in :meth:`forward`, there is no such axis.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Return positive numbers that add up to 1 along the axis."""
        input = as_tensor("Softmax", input)
        if not -max(input.ndim, 1) <= self.dim < max(input.ndim, 1):
            raise ArgumentError(
                f"Softmax has no axis {self.dim} in input of size: {list(input.shape)}."
            )
        output = self.definition(input)
        self._save(output)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        """Return the gradient with respect to the input."""
        (output,) = self._restore()
        gradient = self._checked_gradient(gradient, output.shape)
        result: Tensor = output * (gradient - (gradient * output).sum(self.dim, keepdim=True))
        return result

    def definition(self, input: Tensor) -> Tensor:
        """Compute the equation above; taking the largest off first changes nothing but keeps the
        exponentials finite.
        """
        if not input.numel():
            return input.clone()
        powers = (input - input.amax(self.dim, keepdim=True)).exp()
        return powers / powers.sum(self.dim, keepdim=True)
