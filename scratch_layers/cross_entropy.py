"""The loss of classification."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.losses import Loss
from scratch_layers.threads import NUMBER_WORK, threads


class CrossEntropy(Loss):
    r"""How surprised the predicted probabilities are by the true classes.

    With logits :math:`z`, probabilities :math:`p = \mathrm{softmax}(z)` and the wanted share
    :math:`q_c` of every class, the loss of a position and its gradient are

    .. math:: L = -\sum_c w_c q_c \log p_c, \qquad
        \frac{\partial L}{\partial z_c} = p_c \sum_j w_j q_j - w_c q_c

    and the result is their mean over all positions, weighted by the :math:`w` of the true classes
    where the target names classes. All as in ``torch.nn.CrossEntropyLoss``.

    Args:
        weight: (C,), :math:`w` of each class; by default ones.
        ignore_index: positions with this class do not count.
        label_smoothing: :math:`\epsilon` in :math:`q \leftarrow (1 - \epsilon) q + \epsilon / C`.

    Raises:
        ArgumentError: ``label_smoothing`` is not between 0 and 1.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        if not 0 <= label_smoothing <= 1:
            raise ArgumentError(f"label_smoothing must be between 0 and 1, not {label_smoothing}.")
        self.weight = weight
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:  # type: ignore[override]
        """Return the mean loss as a tensor without dimensions; NaN where no position counts.

        Args:
            prediction: logits, (C,) or (B, C, ...).
            target: classes 0 to C - 1 as int64, in the shape of ``prediction`` without C; or the
                share of every class, shaped like ``prediction``.

        Raises:
            ShapeError: the shapes or dtypes do not fit.
            ArgumentError: there is no such class.
        """
        prediction, target = prediction.detach(), target.detach()
        axis = 0 if prediction.ndim == 1 else 1
        if prediction.ndim == 0 or not prediction.is_floating_point():
            raise ShapeError(
                f"CrossEntropy needs floating-point logits of shape (C,) or (B, C, ...), got "
                f"{tuple(prediction.shape)} of {prediction.dtype}."
            )
        with threads.share(NUMBER_WORK * prediction.numel()):
            wanted, count = self._wanted(prediction, target, axis)
            shifted = prediction - prediction.amax(axis, keepdim=True)
            log_probability = shifted - shifted.exp().sum(axis, keepdim=True).log()
            self._save(wanted, log_probability, count, axis)
            # Where nothing is wanted, nothing counts, not even the logarithm of zero.
            return -(wanted * log_probability).where(wanted != 0, 0 * wanted).sum() / count

    def backward(self) -> Tensor:  # type: ignore[override]
        """Return the gradient of the latest open ``forward`` with respect to the logits.

        Raises:
            StateError: there is no forward pass in training mode left to go back through.
        """
        wanted, log_probability, count, axis = self._restore()
        with threads.share(NUMBER_WORK * wanted.numel()):
            total = wanted.sum(axis, keepdim=True)
            gradient: Tensor = (log_probability.exp() * total - wanted) / count
        return gradient

    def _wanted(self, prediction: Tensor, target: Tensor, axis: int) -> tuple[Tensor, Tensor]:
        """Return :math:`w_c q_c` for every logit and what the sum is divided by."""
        classes = prediction.shape[axis]
        weight = prediction.new_ones(classes) if self.weight is None else self.weight
        column = weight.to(prediction).view(-1, *[1] * (prediction.ndim - axis - 1))
        if target.is_floating_point():
            if target.shape != prediction.shape:
                raise ShapeError(self._misfit(prediction, target))
            count = prediction.new_tensor(prediction.numel() / classes)
            return column * self._smoothed(target, classes), count
        if target.shape != prediction.shape[:axis] + prediction.shape[axis + 1 :]:
            raise ShapeError(self._misfit(prediction, target))
        counts = target != self.ignore_index
        known = target.where(counts, torch.zeros_like(target)).long()
        if known.numel() and not 0 <= int(known.min()) <= int(known.max()) < classes:
            raise ArgumentError(
                f"CrossEntropy got classes from {int(known.min())} to {int(known.max())}, but the "
                f"prediction has the classes 0 to {classes - 1}."
            )
        shares = torch.zeros_like(prediction).scatter_(axis, known.unsqueeze(axis), 1.0)
        counted = counts.unsqueeze(axis).to(prediction.dtype)
        wanted = column * self._smoothed(shares, classes) * counted
        return wanted, (column * shares * counted).sum()

    def _smoothed(self, shares: Tensor, classes: int) -> Tensor:
        return shares * (1 - self.label_smoothing) + self.label_smoothing / classes

    def _misfit(self, prediction: Tensor, target: Tensor) -> str:
        return (
            f"CrossEntropy got logits of shape {tuple(prediction.shape)} and a target of shape "
            f"{tuple(target.shape)} and {target.dtype}; classes have the shape of the logits "
            "without the class axis, shares of classes have the same shape."
        )
