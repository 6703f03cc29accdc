"""Activation functions and their derivatives, written with arithmetic alone."""

from __future__ import annotations

from torch import Tensor


def relu(input: Tensor) -> Tensor:
    """Return ``max(x, 0)`` element by element; NaN stays NaN."""
    return input.clamp(min=0)


def relu_backward(gradient: Tensor, output: Tensor) -> Tensor:
    """Return ``gradient`` where the output of :func:`relu` is positive, else zero.

    At zero, where there is no derivative, zero is the one that torch takes too.
    """
    # The sign is 0 or 1 in the same dtype; a mask would be converted element by element.
    return gradient * output.sign()


def relu_(input: Tensor) -> Tensor:
    """Overwrite ``input`` by its :func:`relu`."""
    return input.clamp_(min=0)


def relu_backward_(gradient: Tensor, output: Tensor) -> Tensor:
    """Overwrite ``gradient`` by its :func:`relu_backward`."""
    return gradient.mul_(output.sign())


def leaky_relu(input: Tensor, slope: float) -> Tensor:
    """Return ``x`` where ``x > 0``, else ``slope * x``."""
    return input.clamp(min=0) + slope * input.clamp(max=0)


def leaky_relu_backward(gradient: Tensor, input: Tensor, slope: float) -> Tensor:
    """Return ``gradient`` where the input was positive, else ``slope * gradient``."""
    return gradient.where(input > 0, gradient * slope)


def sigmoid(input: Tensor) -> Tensor:
    r"""Return :math:`\sigma(x) = 1 / (1 + e^{-x})`.

    Where :math:`e^{-x}` is too large for the dtype it becomes infinite and the result zero, which
    is what it rounds to; no ``x`` gives NaN but NaN itself.
    """
    return input.neg().exp_().add_(1).reciprocal_()


def sigmoid_backward(gradient: Tensor, output: Tensor) -> Tensor:
    r"""Return :math:`g \cdot \sigma(x) (1 - \sigma(x))`, from the output of :func:`sigmoid`."""
    return gradient * output * (1 - output)
