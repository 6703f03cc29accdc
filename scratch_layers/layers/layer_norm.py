"""Normalisation of the channels of every pixel."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.described import Extent, Span
from scratch_layers.errors import ShapeError
from scratch_layers.layers.arguments import as_tensor, positive
from scratch_layers.layers.normalisation import (
    NormalisationBase,
    in_full_precision,
    normalise,
    normalise_backward,
)

_AXIS = (1,)


class LayerNorm2d(NormalisationBase):
    r"""Bring the channels of every pixel to mean 0 and variance 1.

    .. math:: y = \gamma_c \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta_c

    :math:`\mu` and :math:`\sigma^2` are taken over the channels of one pixel. Input and output
    (B, C, H, W). It is ``torch.nn.LayerNorm`` over the channels; names and defaults are those of
    torchvision's ``LayerNorm2d``.

    Args:
        num_channels: C.
        eps: keeps the division finite.
        affine: whether there are :math:`\gamma` (``weight``) and :math:`\beta` (``bias``).
        device, dtype: of the parameters.

    Raises:
        ArgumentError, ArgumentTypeError: ``num_channels`` is not a positive integer.
        ShapeError: in :meth:`forward`, the channels do not fit.

    Source: Ba, Kiros, Hinton, "Layer Normalization" (2016); by pixel as in Liu et al., "A ConvNet
    for the 2020s" (CVPR 2022).
    """

    def __init__(
        self,
        num_channels: int,
        eps: float = 1e-6,
        affine: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        self.num_channels = positive("num_channels", num_channels)
        super().__init__(self.num_channels, eps, affine, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """Return the normalised images."""
        images = as_tensor("LayerNorm2d", input)
        if images.ndim != 4 or images.shape[1] != self.num_channels:
            raise ShapeError(
                f"LayerNorm2d needs images of shape (B, {self.num_channels}, H, W), but got input "
                f"of size: {list(images.shape)}."
            )
        normalised, scale = normalise(in_full_precision(images), _AXIS, self.eps)
        self._save(normalised, scale)
        return self._apply(normalised).to(input.dtype)

    def backward(self, gradient: Tensor) -> Tensor:
        """Accumulate the gradients of weight and bias; return that of the input."""
        normalised, scale = self._restore()
        gradient = self._checked_gradient(gradient, normalised.shape)
        upstream = self._apply_backward(in_full_precision(gradient), normalised)
        return normalise_backward(upstream, normalised, scale, _AXIS).to(gradient.dtype)

    def definition(self, input: Tensor) -> Tensor:
        """Compute the equation above."""
        return self._apply(normalise(input, _AXIS, self.eps)[0])

    def output_extent(self, given: Extent) -> Extent:
        """Return the size of the input."""
        return given

    def positions_read(self, axis: int, outputs: Span) -> Span:
        """Return the positions of the outputs themselves."""
        return outputs
