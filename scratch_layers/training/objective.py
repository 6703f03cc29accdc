"""What one training step minimises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from scratch_layers.data.batches import Batch
from scratch_layers.data.subsampling import (
    diagonal_pair,
    diagonal_pair_backward,
    neighbour_pair,
)
from scratch_layers.errors import ArgumentError
from scratch_layers.losses import L1, MSE, Charbonnier, Loss
from scratch_layers.models.denoiser import Denoiser

# Weight of Neighbor2Neighbor's regulariser at the end of the run, as in its authors' code.
_STRONGEST_REGULARISATION = 2.0


class Restorer:
    """What training and validation need of a denoiser: the clean estimate and its derivative.

    Args:
        denoiser: whose network it is; nothing is copied.
    """

    def __init__(self, denoiser: Denoiser) -> None:
        self.network = denoiser.network
        self._denoiser = denoiser
        self._predicts_noise = denoiser.architecture.predicts == "noise"

    def forward(self, noisy: Tensor, sigma: Tensor) -> Tensor:
        """Estimate the clean patches.

        Args:
            noisy: (B, C, H, W) in [0, 1], height and width multiples of the network's size rule.
            sigma: (B,) or (B, 1, H, W) noise levels in [0, 1] units.

        Returns:
            (B, C, H, W), not clamped.
        """
        output = self.network(self._denoiser.network_input(noisy, sigma))
        return self._denoiser.clean_image(noisy, output)

    def backward(self, gradient: Tensor) -> None:
        """Accumulate parameter gradients of the latest :meth:`forward`.

        Args:
            gradient: (B, C, H, W), of the loss with respect to the estimate.

        Raises:
            StateError: there was no :meth:`forward` in training mode.
        """
        self.network.backward(-gradient if self._predicts_noise else gradient)


LOSSES_BY_NAME: dict[str, Callable[[], Loss]] = {
    "mse": MSE,
    "l1": L1,
    "charbonnier": Charbonnier,
}


class Objective(Protocol):
    """A loss of a batch together with its gradient."""

    def accumulate(self, batch: Batch, part_done: float) -> Tensor:
        """Add the gradient of the batch's loss to the parameters' gradients; return the loss.

        Args:
            batch: what to learn from.
            part_done: how much of the run is done, 0-1.

        Returns:
            The loss, one number without axes.
        """


class Supervised:
    """The loss between the estimate and the batch's target, clean or a second noisy shot.

    ``loss(f(noisy), target)``

    Args:
        restorer: f.
        loss: a key of :data:`LOSSES_BY_NAME`.
    """

    def __init__(self, restorer: Restorer, loss: str) -> None:
        self._restorer = restorer
        self._loss = LOSSES_BY_NAME[loss]()

    def accumulate(self, batch: Batch, part_done: float) -> Tensor:
        """Add the gradient of the loss to the parameters'; return the loss."""
        estimate = self._restorer.forward(batch.noisy, batch.sigma)
        loss = self._loss.forward(estimate, batch.target)
        self._restorer.backward(self._loss.backward())
        return loss


class Neighbor2Neighbor:
    """One half-size picture of a noisy patch predicts the other.

    With ``g1, g2`` the two pictures of neighbouring pixels (:func:`neighbour_pair`)::

        |f(g1(y)) - g2(y)|^2 + gamma |f(g1(y)) - g2(y) - (g1(f(y)) - g2(f(y)))|^2

    as means, without gradient through ``f(y)``; ``gamma`` rises from 0 to 2 over the run. The
    second term makes up for neighbouring pixels not showing quite the same.

    Source: Huang et al., "Neighbor2Neighbor: self-supervised denoising from single noisy images",
    CVPR 2021.
    """

    def __init__(self, restorer: Restorer) -> None:
        self._restorer = restorer
        self._reconstruction = MSE()
        self._regulariser = MSE()

    def accumulate(self, batch: Batch, part_done: float) -> Tensor:
        """Add the gradient of the sum above, with gamma = 2 ``part_done``; return that sum.

        Raises:
            ArgumentError: the batch has no choices of neighbours.
        """
        if batch.choices is None:
            raise ArgumentError("Neighbor2Neighbor needs a batch with choices of neighbours.")
        with self._restorer.network.evaluation():
            whole = self._restorer.forward(batch.noisy, batch.sigma)
        first, second = neighbour_pair(batch.noisy, batch.choices)
        first_whole, second_whole = neighbour_pair(whole, batch.choices)
        estimate = self._restorer.forward(first, batch.sigma)
        weight = _STRONGEST_REGULARISATION * part_done
        loss = self._reconstruction.forward(estimate, second) + weight * self._regulariser.forward(
            estimate, second + first_whole - second_whole
        )
        self._restorer.backward(
            self._reconstruction.backward() + weight * self._regulariser.backward()
        )
        return loss


class ZeroShot:
    """Zero-Shot Noise2Noise: each diagonal's half-size picture predicts the other's.

    With ``d1, d2`` the averages of the diagonals (:func:`diagonal_pair`), both ways round::

        1/2 (|f(d1(y)) - d2(y)|^2 + |f(d2(y)) - d1(y)|^2)
        + 1/2 (|f(d1(y)) - d1(f(y))|^2 + |f(d2(y)) - d2(f(y))|^2)

    as means. Averaging two pixels lowers the noise level by the square root of 2.

    Source: Mansour, Heckel, "Zero-shot Noise2Noise: efficient image denoising without any data",
    CVPR 2023.
    """

    def __init__(self, restorer: Restorer) -> None:
        self._restorer = restorer
        self._residual = MSE()
        self._consistency = MSE()

    def accumulate(self, batch: Batch, part_done: float) -> Tensor:
        """Add the gradient of the sum above to the parameters'; return that sum."""
        rising, falling = diagonal_pair(batch.noisy)
        halves = torch.cat([rising, falling])
        sigma = batch.sigma.repeat(2) / 2**0.5
        estimate = self._restorer.forward(halves, sigma)
        whole = self._restorer.forward(batch.noisy, batch.sigma)
        residual = self._residual.forward(estimate, torch.cat([falling, rising]))
        consistency = self._consistency.forward(estimate, torch.cat(diagonal_pair(whole)))
        pull = self._consistency.backward()
        self._restorer.backward(-diagonal_pair_backward(*pull.chunk(2)))
        self._restorer.backward(self._residual.backward() + pull)
        return residual + consistency


def validation_loss(objective: str, loss: str) -> Loss:
    """Return what makes validation comparable with training, see :func:`make_objective`."""
    return LOSSES_BY_NAME[loss]() if objective == "supervised" else MSE()


def make_objective(name: str, restorer: Restorer, loss: str) -> Objective:
    """Return the objective called ``name`` ("supervised", "neighbor2neighbor" or "zero-shot").

    Args:
        name: as above.
        restorer: what learns.
        loss: of the supervised objective; the others are defined with squares.
    """
    if name == "neighbor2neighbor":
        return Neighbor2Neighbor(restorer)
    if name == "zero-shot":
        return ZeroShot(restorer)
    return Supervised(restorer, loss)
