"""Activation layers; those that work number by number, and softmax."""

from __future__ import annotations

import math

from torch import Tensor

from scratch_layers.described import Extent, Span
from scratch_layers.errors import ArgumentError
from scratch_layers.layers.arguments import as_tensor
from scratch_layers.module import Module


class Elementwise(Module):
    """A layer whose every output value depends on the input value in the same place alone."""

    def output_extent(self, given: Extent) -> Extent:
        """Return the size of the input."""
        return given

    def positions_read(self, axis: int, outputs: Span) -> Span:
        """Return the positions of the outputs themselves."""
        return outputs


def _sigmoid(input: Tensor) -> Tensor:
    # Where the power is infinite in the dtype, the result is zero, to which it rounds.
    return input.neg().exp_().add_(1).reciprocal_()


class ReLU(Elementwise):
    """``max(x, 0)``, element by element, for a tensor of any shape."""

    purpose = (
        "Lets positive numbers through and makes all others zero. Without such a bend "
        "between them, any number of convolutions would be no more than one."
    )
    equation = "y = max(x, 0)"

    def forward(self, input: Tensor) -> Tensor:
        """Return ``max(input, 0)``."""
        input = as_tensor("ReLU", input)
        output = input.clamp(min=0)
        self._save(output)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        """Return the gradient where the output was positive, else zero, at zero too, as torch."""
        (output,) = self._restore()
        # The sign is 0 or 1 in the same dtype; a mask would be converted element by element.
        result: Tensor = self._checked_gradient(gradient, output.shape) * output.sign()
        return result

    def definition(self, input: Tensor) -> Tensor:
        """Multiply by one where the input is positive, else by zero."""
        return input * (input > 0)

    @property
    def can_overwrite(self) -> bool:
        """Always: what it needs for its derivative is its output."""
        return True

    def overwrite(self, input: Tensor) -> Tensor:
        """Do as :meth:`forward`, in the memory of ``input``."""
        output = input.detach().clamp_(min=0)
        self._save(output)
        return output

    def backward_overwriting(self, gradient: Tensor) -> Tensor:
        """Do as :meth:`backward`, in the memory of ``gradient``."""
        (output,) = self._restore()
        return self._checked_gradient(gradient, output.shape).mul_(output.sign())


class LeakyReLU(Elementwise):
    """``x`` where ``x > 0``, else ``negative_slope * x``, for a tensor of any shape.

    Args:
        negative_slope: any number; torch's default lets a hundredth of the negative side through.
    """

    purpose = (
        "Lets positive numbers through and shrinks all others. A channel that is always "
        "negative still has a slope, so that it can learn to come back."
    )
    equation = "y = x if x > 0, else slope · x"

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        """Return the activation of ``input``."""
        input = as_tensor("LeakyReLU", input)
        self._save(input)
        return input.clamp(min=0) + self.negative_slope * input.clamp(max=0)

    def backward(self, gradient: Tensor) -> Tensor:
        """Return the gradient, times the slope where the input was not positive."""
        (input,) = self._restore()
        gradient = self._checked_gradient(gradient, input.shape)
        return gradient.where(input > 0, gradient * self.negative_slope)

    def definition(self, input: Tensor) -> Tensor:
        """Choose between the input and its multiple."""
        return input.where(input > 0, self.negative_slope * input)


class Sigmoid(Elementwise):
    r""":math:`1 / (1 + e^{-x})`, element by element, for a tensor of any shape."""

    purpose = (
        "Squeezes every number into the range from 0 to 1. At the end of a network it makes "
        "sure that what comes out can be a colour."
    )
    equation = "y = 1 / (1 + e⁻ˣ)"

    def forward(self, input: Tensor) -> Tensor:
        """Return numbers between 0 and 1."""
        input = as_tensor("Sigmoid", input)
        output = _sigmoid(input)
        self._save(output)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        r"""Return :math:`g \cdot y (1 - y)`."""
        (output,) = self._restore()
        gradient = self._checked_gradient(gradient, output.shape)
        result: Tensor = gradient * output * (1 - output)
        return result

    def definition(self, input: Tensor) -> Tensor:
        """Compute the equation above."""
        return 1 / (1 + (-input).exp())


class Tanh(Elementwise):
    r""":math:`\tanh x`, element by element, for a tensor of any shape."""

    purpose = (
        "Squeezes every number into the range from −1 to 1. It bends between layers, with a "
        "mean near zero, and is flat far from it."
    )
    equation = "y = tanh x"

    def forward(self, input: Tensor) -> Tensor:
        """Return numbers between -1 and 1."""
        output = as_tensor("Tanh", input).tanh()
        self._save(output)
        return output

    def backward(self, gradient: Tensor) -> Tensor:
        r"""Return :math:`g (1 - y^2)`."""
        (output,) = self._restore()
        gradient = self._checked_gradient(gradient, output.shape)
        result: Tensor = gradient * (1 - output.square())
        return result

    def definition(self, input: Tensor) -> Tensor:
        """Compute it from exponentials."""
        return 1 - 2 / ((2 * input).exp() + 1)


class SiLU(Elementwise):
    r""":math:`x \, \sigma(x)`, element by element; also called swish.

    Source: Ramachandran, Zoph, Le, "Searching for activation functions" (2017).
    """

    purpose = (
        "Multiplies every number by its own sigmoid. It bends like a ReLU but smoothly, so "
        "that slightly negative numbers keep a slope."
    )
    equation = "y = x · σ(x)"

    def forward(self, input: Tensor) -> Tensor:
        """Return the activation of ``input``."""
        input = as_tensor("SiLU", input)
        self._save(input)
        return input * _sigmoid(input)

    def backward(self, gradient: Tensor) -> Tensor:
        r"""Return :math:`g \, \sigma(x) (1 + x (1 - \sigma(x)))`."""
        (input,) = self._restore()
        gradient = self._checked_gradient(gradient, input.shape)
        gate = _sigmoid(input)
        result: Tensor = gradient * gate * (1 + input * (1 - gate))
        return result

    def definition(self, input: Tensor) -> Tensor:
        """Compute the equation above."""
        return input / (1 + (-input).exp())


class GELU(Elementwise):
    r""":math:`x \, \Phi(x)`, :math:`\Phi` being the normal distribution function.

    Args:
        approximate: ``"none"``, or ``"tanh"`` for
            :math:`\frac x 2 (1 + \tanh(\sqrt{2 / \pi} (x + 0.044715 x^3)))`.

    Raises:
        ArgumentError: ``approximate`` is something else.

    Source: Hendrycks, Gimpel, "Gaussian error linear units" (2016).
    """

    purpose = (
        "Multiplies every number by the share of normally distributed numbers below it. It "
        "bends like a ReLU but smoothly, and is usual in transformers."
    )
    equation = "y = x · Φ(x)"

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        if approximate not in ("none", "tanh"):
            raise ArgumentError(f"approximate must be 'none' or 'tanh', not {approximate!r}.")
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """Return the activation of ``input``."""
        input = as_tensor("GELU", input)
        self._save(input)
        return self.definition(input)

    def backward(self, gradient: Tensor) -> Tensor:
        r"""Return :math:`g (\Phi(x) + x \Phi'(x))`."""
        (input,) = self._restore()
        gradient = self._checked_gradient(gradient, input.shape)
        if self.approximate == "none":
            density = (input.square() / -2).exp() / math.sqrt(2 * math.pi)
        else:
            inner = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * input.square())
            density = (1 - (2 * self._share(input) - 1).square()) * inner / 2
        result: Tensor = gradient * (self._share(input) + input * density)
        return result

    def definition(self, input: Tensor) -> Tensor:
        """Compute the equation above."""
        return input * self._share(input)

    def _share(self, input: Tensor) -> Tensor:
        r"""Return :math:`\Phi(x)` or its approximation."""
        if self.approximate == "none":
            return (1 + (input / math.sqrt(2)).erf()) / 2
        return (1 + (math.sqrt(2 / math.pi) * (input + 0.044715 * input**3)).tanh()) / 2


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

    purpose = (
        "Turns numbers into positive shares that add up to one. At the end of a classifier "
        "the shares are read as probabilities."
    )
    equation = "yᵢ = eˣⁱ / Σⱼ eˣʲ"

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
