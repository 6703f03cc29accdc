"""Numbers left out at random while learning."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError
from scratch_layers.layers.activations import Elementwise
from scratch_layers.layers.arguments import as_tensor


class Dropout(Elementwise):
    r"""In training mode, set numbers to zero with probability p and divide the others by 1 - p.

    The expectation stays the same. In evaluation mode nothing changes. For a tensor of any shape;
    the random numbers are torch's, so ``torch.manual_seed`` decides them.

    Args:
        p: probability to leave a number out, from 0 to 1.

    Raises:
        ArgumentError: ``p`` is out of range.

    Source: Srivastava et al., "Dropout: A simple way to prevent neural networks from overfitting"
    (JMLR 2014).
    """

    purpose = (
        "Sets numbers to zero at random while the network learns, and does nothing "
        "afterwards. No number can be relied on alone, so that the network learns more than "
        "one way to its result."
    )
    equation = "y = x · kept / (1 − p)"

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ArgumentError(f"p must be a probability between 0 and 1, but got {p}.")
        self.p = p

    def forward(self, input: Tensor) -> Tensor:
        """Return the numbers that stay, enlarged."""
        input = as_tensor("Dropout", input)
        if not self.training:
            return input
        factors = self._factors(input)
        self._save(factors)
        return input * factors

    def backward(self, gradient: Tensor) -> Tensor:
        """Return the gradient of the numbers that stayed, enlarged as they were."""
        (factors,) = self._restore()
        result: Tensor = self._checked_gradient(gradient, factors.shape) * factors
        return result

    def definition(self, input: Tensor) -> Tensor:
        """Multiply by random factors, the same as :meth:`forward` for the same seed."""
        return input * self._factors(input) if self.training else input

    def _factors(self, input: Tensor) -> Tensor:
        """Return 0 or 1 / (1 - p) for each number."""
        if self.p == 1:
            return torch.zeros_like(input)
        return (torch.rand_like(input) >= self.p).to(input.dtype) / (1 - self.p)
