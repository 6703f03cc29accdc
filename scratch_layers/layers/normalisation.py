"""What normalising layers share: the formula, its derivative, and a weight for each channel."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.layers.arguments import floating
from scratch_layers.module import Module
from scratch_layers.parameter import Parameter


def normalise(input: Tensor, axes: tuple[int, ...], eps: float) -> tuple[Tensor, Tensor]:
    r"""Return :math:`\hat x = (x - \mu) r` and :math:`r = 1 / \sqrt{\sigma^2 + \epsilon}`.

    Mean and variance (of all n numbers, divided by n) are taken over ``axes``.
    """
    centred = input - input.mean(axes, keepdim=True)
    scale = (centred.square().mean(axes, keepdim=True) + eps).rsqrt()
    return centred * scale, scale


def normalise_backward(
    gradient: Tensor, normalised: Tensor, scale: Tensor, axes: tuple[int, ...]
) -> Tensor:
    r"""Return the gradient with respect to the input of :func:`normalise`.

    .. math:: r (g - \overline g - \hat x \, \overline{g \hat x})

    Mean and deviation depend on every input, which is what the two means take off.
    """
    along = (gradient * normalised).mean(axes, keepdim=True)
    return scale * (gradient - gradient.mean(axes, keepdim=True) - normalised * along)


def in_full_precision(input: Tensor) -> Tensor:
    """Return the numbers in at least 32 bits, in which means and squares are exact enough."""
    return input.float() if input.dtype.itemsize < 4 else input


class NormalisationBase(Module):
    r"""A layer that ends in :math:`y = \gamma_c \hat x + \beta_c` for every channel c.

    Args:
        channels: how many there are.
        eps: keeps the division finite.
        affine: whether there are :math:`\gamma` (``weight``, ones) and :math:`\beta` (``bias``,
            zeros).
        device, dtype: of the parameters.
    """

    def __init__(
        self,
        channels: int,
        eps: float,
        affine: bool,
        device: torch.device | str | None,
        dtype: torch.dtype | None,
    ) -> None:
        super().__init__()
        self.eps = eps
        self.affine = affine
        self.weight = self.bias = None
        if affine:
            self.weight = Parameter(torch.ones(channels, device=device, dtype=floating(dtype)))
            self.bias = Parameter(torch.zeros(channels, device=device, dtype=dtype))

    def _apply(self, normalised: Tensor) -> Tensor:
        """Scale and shift every channel."""
        if self.weight is None or self.bias is None:
            return normalised
        return normalised * _column(self.weight, normalised) + _column(self.bias, normalised)

    def _apply_backward(self, gradient: Tensor, normalised: Tensor) -> Tensor:
        """Accumulate the gradients of weight and bias; return that of what was normalised."""
        if self.weight is None or self.bias is None:
            return gradient
        others = tuple(axis for axis in range(gradient.ndim) if axis != 1)
        self.weight.gradient.add_((gradient * normalised).sum(others))
        self.bias.gradient.add_(gradient.sum(others))
        return gradient * _column(self.weight, gradient)


def _column(parameter: Parameter, like: Tensor) -> Tensor:
    """Return a number for each channel in a shape that multiplies (B, C, ...)."""
    column: Tensor = parameter.value.to(like.dtype).view(-1, *[1] * (like.ndim - 2))
    return column
