"""Activation layers."""

from __future__ import annotations

from torch import Tensor

from scratch_layers.functional import activations
from scratch_layers.layers.arguments import as_tensor
from scratch_layers.layers.elementwise import Elementwise


class ReLU(Elementwise):
    """``max(x, 0)``, element by element, for a tensor of any shape."""

    def forward(self, input: Tensor) -> Tensor:
        """Return ``max(input, 0)``."""
        input = as_tensor("ReLU", input)
        output = activations.relu(input)
        self._save(output)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        """Return the gradient where the output was positive, else zero."""
        (output,) = self._restore()
        gradient = self._checked_gradient(gradient, output.shape)
        return activations.relu_backward(gradient, output)

    def definition(self, input: Tensor) -> Tensor:
        """Multiply by one where the input is positive, else by zero."""
        return input * (input > 0)

    @property
    def can_overwrite(self) -> bool:
        """Always: what it needs for its derivative is its output."""
        return True

    def overwrite(self, input: Tensor) -> Tensor:
        """Do as :meth:`forward`, in the memory of ``input``."""
        output = activations.relu_(input.detach())
        self._save(output)
        return output

    def backward_overwriting(self, gradient: Tensor) -> Tensor:
        """Do as :meth:`backward`, in the memory of ``gradient``."""
        (output,) = self._restore()
        return activations.relu_backward_(self._checked_gradient(gradient, output.shape), output)


class LeakyReLU(Elementwise):
    """``x`` where ``x > 0``, else ``negative_slope * x``, for a tensor of any shape.

    Args:
        negative_slope: any number; torch's default lets a hundredth of the negative side through.
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        """Return the activation of ``input``."""
        input = as_tensor("LeakyReLU", input)
        self._save(input)
        return activations.leaky_relu(input, self.negative_slope)

    def backward(self, gradient: Tensor) -> Tensor:
        """Return the gradient, times the slope where the input was not positive."""
        (input,) = self._restore()
        gradient = self._checked_gradient(gradient, input.shape)
        return activations.leaky_relu_backward(gradient, input, self.negative_slope)

    def definition(self, input: Tensor) -> Tensor:
        """Choose between the input and its multiple."""
        return input.where(input > 0, self.negative_slope * input)


class Sigmoid(Elementwise):
    r""":math:`1 / (1 + e^{-x})`, element by element, for a tensor of any shape."""

    def forward(self, input: Tensor) -> Tensor:
        """Return numbers between 0 and 1."""
        input = as_tensor("Sigmoid", input)
        output = activations.sigmoid(input)
        self._save(output)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        r"""Return :math:`g \cdot y (1 - y)`."""
        (output,) = self._restore()
        gradient = self._checked_gradient(gradient, output.shape)
        return activations.sigmoid_backward(gradient, output)

    def definition(self, input: Tensor) -> Tensor:
        """Compute the equation above."""
        return 1 / (1 + (-input).exp())
