"""Normalisation: its formula and derivative, and the layers that treat each image by itself."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratch_layers.described import Extent, Span
from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.layers.arguments import as_tensor, floating, positive
from scratch_layers.module import Module
from scratch_layers.parameter import Parameter


def normalise(input: Tensor, axes: tuple[int, ...], eps: float) -> tuple[Tensor, Tensor]:
    r"""Return :math:`\hat x = (x - \mu) r` and :math:`r = 1 / \sqrt{\sigma^2 + \epsilon}`.

    Mean and variance (of all n numbers, divided by n) are taken over ``axes``.

    Args:
        input: of any shape.
        axes: that vary together.
        eps: :math:`\epsilon`, positive, keeps the division finite.

    Returns:
        The normalised numbers, in the shape of ``input``, and r with length 1 along ``axes``.
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

    Args:
        gradient: g, with respect to what was normalised, in its shape.
        normalised, scale: :math:`\hat x` and r, which :func:`normalise` returned.
        axes: as there.
    """
    along = (gradient * normalised).mean(axes, keepdim=True)
    return scale * (gradient - gradient.mean(axes, keepdim=True) - normalised * along)


def in_full_precision(input: Tensor) -> Tensor:
    """Return numbers of any shape in at least 32 bits, in which means are exact enough."""
    return input.float() if input.dtype.itemsize < 4 else input


class NormalisationBase(Module):
    r"""A layer that ends in :math:`y = \gamma_c \hat x + \beta_c` for every channel c.

    Attributes:
        axes: over which mean and variance are taken, of what :meth:`_grouped` returns.

    Args:
        channels: how many there are.
        eps: keeps the division finite.
        affine: whether there are :math:`\gamma` (``weight``, ones) and :math:`\beta` (``bias``,
            zeros).
        device, dtype: of the parameters.
    """

    axes: ClassVar[tuple[int, ...]]

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

    def output_extent(self, given: Extent) -> Extent:
        """Return the size of the input."""
        return given

    def positions_read(self, axis: int, outputs: Span) -> Span:
        """Return the positions of the outputs themselves."""
        return outputs

    def backward(self, gradient: Tensor) -> Tensor:
        """Accumulate the gradients of weight and bias; return that of the input."""
        normalised, scale = self._restore()
        gradient = self._checked_gradient(gradient, normalised.shape)
        upstream = self._apply_backward(in_full_precision(gradient), normalised)
        result = normalise_backward(
            self._grouped(upstream), self._grouped(normalised), scale, self.axes
        )
        return result.view(gradient.shape).to(gradient.dtype)

    def definition(self, input: Tensor) -> Tensor:
        """Compute the equation of the layer."""
        return self._apply(self._normalised(input)[0])

    def _normalised(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the normalised images and by how much they were scaled."""
        normalised, scale = normalise(self._grouped(images), self.axes, self.eps)
        return normalised.view(images.shape), scale

    def _grouped(self, images: Tensor) -> Tensor:
        """Return the images in the shape in which they are normalised."""
        return images

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

    purpose = (
        "Brings the channels of every pixel to mean 0 and variance 1, then to learned ones. "
        "It does not depend on the other images of a batch, nor on the size of the picture."
    )
    equation = "y = γ (x − mean) / √(variance + ε) + β"
    axes = (1,)

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
        normalised, scale = self._normalised(in_full_precision(images))
        self._save(normalised, scale)
        return self._apply(normalised).to(input.dtype)


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

    purpose = (
        "Brings every group of channels of an image to mean 0 and variance 1, then to "
        "learned ones. It steadies learning as batch normalisation does, without needing "
        "large batches."
    )
    equation = "y = γ (x − mean) / √(variance + ε) + β"
    axes = (2,)

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
        normalised, scale = self._normalised(in_full_precision(images))
        self._save(normalised, scale)
        return self._apply(normalised).to(input.dtype)

    def positions_read(self, axis: int, outputs: Span) -> Span:
        """Refuse: every output depends on the whole image."""
        raise ArgumentError(
            "GroupNorm reads the whole image, so that its network cannot work in tiles; give the "
            "image to Denoiser.denoise as a whole, or use LayerNorm2d or BatchNorm2d."
        )

    def _grouped(self, images: Tensor) -> Tensor:
        """Return (B, groups, values of a group)."""
        return images.reshape(images.shape[0], self.num_groups, -1)
