"""What one training step minimises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from torch import Tensor

from scratch_layers.data.batches import Batch
from scratch_layers.losses import L1, MSE, Charbonnier, Loss
from scratch_layers.training.restorer import Restorer

LOSSES_BY_NAME: dict[str, Callable[[], Loss]] = {
    "mse": MSE,
    "l1": L1,
    "charbonnier": Charbonnier,
}


class Objective(Protocol):
    """A loss of a batch together with its gradient."""

    def accumulate(self, batch: Batch) -> Tensor:
        """Add the gradient of the batch's loss to the parameters' gradients; return the loss."""


class Supervised:
    """The loss between the estimate and the batch's target, clean or a second noisy shot."""

    def __init__(self, restorer: Restorer, loss: str) -> None:
        self._restorer = restorer
        self._loss = LOSSES_BY_NAME[loss]()

    def accumulate(self, batch: Batch) -> Tensor:
        estimate = self._restorer.forward(batch.noisy, batch.sigma)
        loss = self._loss.forward(estimate, batch.target)
        self._restorer.backward(self._loss.backward())
        return loss
