"""Normalisation of groups of channels, each image by itself."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.described import Extent, Span
from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.layers.arguments import as_tensor, positive
from scratch_layers.layers.normalisation import (
    NormalisationBase,
    in_full_precision,
    normalise,
    normalise_backward,
)

_AXIS = (2,)


class GroupNorm(NormalisationBase):
    r"""Bring every group of channels of every image to mean 0 and variance 1.

    .. math:: y = \gamma_c \frac{x - \mu_{b,g}}{\sqrt{\sigma_{b,g}^2 + \epsilon}} + \beta_c

    :math:`\mu` and :math:`\sigma^2` are taken over all pixels of the channels of group g. Unlike
    batch normalisation it does the same in both modes. Input and output (B, C, ...).

    Args:
        num_groups: into how many groups the channels are cut.
        num_channels: C, a multiple of ``num_groups``.
        eps: keeps the division finite.
        affine: whether there are :math:`\gamma` (``weight``) and :math:`\beta` (``bias``).
        device, dtype: of the parameters.

    Raises:
        ArgumentError, ArgumentTypeError: a number is not positive or does not divide.
        ShapeError: in :meth:`forward`, the channels do not fit.

    Source: Wu, He, "Group Normalization" (ECCV 2018).
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        self.num_groups = positive("num_groups", num_groups)
        self.num_channels = positive("num_channels", num_channels)
        if self.num_channels % self.num_groups:
            raise ArgumentError(
                f"num_channels must be divisible by num_groups, but {num_channels} is not by "
                f"{num_groups}."
            )
        super().__init__(self.num_channels, eps, affine, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """Return the normalised images."""
        images = as_tensor("GroupNorm", input)
        if images.ndim < 2 or images.shape[1] != self.num_channels:
            raise ShapeError(
                f"GroupNorm needs {self.num_channels} channels along the second axis, but got "
                f"input of size: {list(images.shape)}."
            )
        normalised, scale = normalise(self._grouped(in_full_precision(images)), _AXIS, self.eps)
        normalised = normalised.view(images.shape)
        self._save(normalised, scale)
        return self._apply(normalised).to(input.dtype)

    def backward(self, gradient: Tensor) -> Tensor:
        """Accumulate the gradients of weight and bias; return that of the input."""
        normalised, scale = self._restore()
        gradient = self._checked_gradient(gradient, normalised.shape)
        upstream = self._apply_backward(in_full_precision(gradient), normalised)
        result = normalise_backward(
            self._grouped(upstream), self._grouped(normalised), scale, _AXIS
        )
        return result.view(gradient.shape).to(gradient.dtype)

    def definition(self, input: Tensor) -> Tensor:
        """Compute the equation above."""
        normalised, _ = normalise(self._grouped(input), _AXIS, self.eps)
        return self._apply(normalised.view(input.shape))

    def output_extent(self, given: Extent) -> Extent:
        """Return the size of the input."""
        return given

    def positions_read(self, axis: int, outputs: Span) -> Span:
        """Refuse: every output depends on the whole image."""
        raise ArgumentError(
            "GroupNorm reads the whole image, so it has no receptive radius and cannot work in "
            "tiles."
        )

    def _grouped(self, images: Tensor) -> Tensor:
        """Return (B, groups, values of a group)."""
        return images.reshape(images.shape[0], self.num_groups, -1)
