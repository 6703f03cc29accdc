"""Batch normalisation."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.layers.arguments import as_tensor, positive
from scratch_layers.layers.normalisation import NormalisationBase, in_full_precision
from scratch_layers.parameter import Buffer


class BatchNorm2d(NormalisationBase):
    r"""Bring every channel to mean 0 and variance 1, then to a learned mean and variance.

    .. math:: y = \gamma_c \frac{x - \mu_c}{\sqrt{\sigma_c^2 + \epsilon}} + \beta_c

    In training mode :math:`\mu` and :math:`\sigma^2` are those of the batch, and the running ones
    follow them: ``running <- (1 - momentum) running + momentum * batch``, with the variance divided
    by n - 1. In evaluation mode the running ones are taken, and every pixel stands alone.

    Input and output (B, C, H, W). State-dict names, as in torch: ``weight``, ``bias``,
    ``running_mean``, ``running_var``, ``num_batches_tracked``.

    Args:
        num_features: C.
        eps: keeps the division finite.
        momentum: share of the batch in the running statistics; None makes them the mean of all
            batches so far.
        affine: whether there are :math:`\gamma` and :math:`\beta`.
        track_running_stats: whether there are running statistics; without them the batch's own are
            taken in evaluation mode too.
        device, dtype: of the parameters.

    Raises:
        ArgumentError, ArgumentTypeError: ``num_features`` is not a positive integer, or in
            :meth:`forward`, the input has not four axes or a single value for each channel.
        ShapeError: in :meth:`forward`, the channels do not fit.

    Source: Ioffe, Szegedy, "Batch Normalization" (ICML 2015).
    """

    purpose = (
        "Brings every channel of a batch to mean 0 and variance 1, then to learned ones. "
        "Steps can be longer, because a layer need not follow every move of those before it."
    )
    equation = "y = γ (x − mean) / √(variance + ε) + β"
    axes = (0, 2, 3)

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        self.num_features = positive("num_features", num_features)
        super().__init__(self.num_features, eps, affine, device, dtype)
        self.momentum = momentum
        self.track_running_stats = track_running_stats
        if track_running_stats:
            ones = torch.ones(self.num_features, device=device, dtype=dtype)
            self.running_mean = Buffer(torch.zeros_like(ones))
            self.running_var = Buffer(ones)
            self.num_batches_tracked = Buffer(torch.zeros((), dtype=torch.int64, device=device))

    def forward(self, input: Tensor) -> Tensor:
        """Return the normalised images; in training mode, take them into the statistics."""
        images = in_full_precision(self._checked(input))
        if not self.training and self.track_running_stats:
            return self._by_running_statistics(images).to(input.dtype)
        normalised, scale = self._normalised(images)
        if self.training and self.track_running_stats:
            self._follow(images)
        self._save(normalised, scale)
        return self._apply(normalised).to(input.dtype)

    def definition(self, input: Tensor) -> Tensor:
        """Compute the equation above, without changing the running statistics."""
        if not self.training and self.track_running_stats:
            return self._by_running_statistics(input)
        return super().definition(input)

    def _by_running_statistics(self, images: Tensor) -> Tensor:
        mean, variance = (
            held.value.to(images.dtype)[:, None, None]
            for held in (self.running_mean, self.running_var)
        )
        return self._apply((images - mean) * (variance + self.eps).rsqrt())

    def _follow(self, images: Tensor) -> None:
        """Take the batch into the running statistics."""
        count = self.num_batches_tracked.value.add_(1)
        share = 1 / float(count) if self.momentum is None else self.momentum
        dtype = self.running_mean.value.dtype
        self.running_mean.value.lerp_(images.mean(self.axes).to(dtype), share)
        self.running_var.value.lerp_(images.var(self.axes).to(dtype), share)

    def _checked(self, input: Tensor) -> Tensor:
        images = as_tensor("BatchNorm2d", input)
        if images.ndim != 4:
            raise ArgumentError(
                f"BatchNorm2d expected 4D input (got {images.ndim}D input of size "
                f"{list(images.shape)})."
            )
        if images.shape[1] != self.num_features:
            raise ShapeError(
                f"BatchNorm2d({self.num_features}) needs {self.num_features} channels, but got "
                f"input of size: {list(images.shape)}."
            )
        if self.training and images.numel() <= self.num_features:
            raise ArgumentError(
                "BatchNorm2d expected more than 1 value per channel when training, got input size "
                f"{list(images.shape)}."
            )
        return images
