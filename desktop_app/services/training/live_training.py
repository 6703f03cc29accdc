"""Trains a tiny network, and shows after every few steps what has become of it.

Imported on worker threads only, because it needs torch.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from desktop_app.services.models.shown_tensors import (
    first_kernels,
    in_rows,
    stretched_maps,
    to_pictures,
)
from desktop_app.services.training.live_pictures import LivePictures
from desktop_app.services.training.live_update import NETWORKS, VANISHED, LiveSettings, LiveUpdate
from scratch_layers.layers import Conv2d, ReLU, Sequential
from scratch_layers.losses import MSE
from scratch_layers.models.networks import paper_network
from scratch_layers.optim import SGD

PATCH = 32
UPDATE_SECONDS = 0.1
GROWN = 100.0
"""Times the first loss: no step that helps makes the loss so large."""

PATIENCE = 50
"""Steps after which a layer that no gradient reaches is given up; some patches reach it seldom."""

SHOWN_NOISE_SEED = 1


def build(network: str) -> Sequential:
    """Return a network with new random weights, by its name in :data:`NETWORKS`.

    Raises:
        KeyError: there is no such network.
    """
    builders: dict[str, Callable[[], Sequential]] = {
        NETWORKS[0]: paper_network,
        NETWORKS[1]: lambda: Sequential(
            Conv2d(3, 12, 3, padding=1), ReLU(), Conv2d(12, 3, 3, padding=1)
        ),
        NETWORKS[2]: lambda: Sequential(
            Conv2d(3, 12, 3, padding=1),
            ReLU(),
            Conv2d(12, 12, 3, padding=1),
            ReLU(),
            Conv2d(12, 3, 3, padding=1),
        ),
    }
    return builders[network]()


class LiveLearner:
    """A network on its way.

    Every step draws patches of 32 x 32 pixels and adds new Gaussian noise to them; the loss is the
    mean squared error to the clean patches, or, with pictures in pairs, to the same patches with
    other noise; the optimizer is SGD with momentum.

    Args:
        pictures: are taken for clean.
        network: learns; see :func:`build`.
        settings: are read anew at every step.
    """

    def __init__(self, pictures: LivePictures, network: Sequential, settings: LiveSettings) -> None:
        self._network = network.train()
        self._learned = pictures.learned
        self._in_pairs = pictures.in_pairs
        self._clean = pictures.shown.float() / 255
        self._settings = settings
        self._loss = MSE()
        # A momentum that may be moved to and from zero needs an optimizer that remembers.
        self._optimizer = SGD(settings.rate, momentum=0.5)
        generator = torch.Generator().manual_seed(SHOWN_NOISE_SEED)
        self._shown_noise = torch.randn(self._clean.shape, generator=generator)
        self._first: float | None = None
        self._unreached = 0

    def learn(self) -> Iterator[LiveUpdate]:
        """Learn until the training diverges or is stopped.

        Yields:
            About ten times a second what the network is and does now.
        """
        losses: list[float] = []
        shown = time.monotonic()
        while True:
            losses.append(self._step())
            trouble = self._trouble(losses[-1])
            if trouble or time.monotonic() - shown >= UPDATE_SECONDS:
                yield self.look(tuple(losses), trouble)
                # Counted from here, so that there is time to learn on a busy machine too.
                shown, losses = time.monotonic(), []
            if trouble:
                return

    def look(self, losses: tuple[float, ...] = (), trouble: str = "") -> LiveUpdate:
        """Denoise the pictures that are shown and put together what is to be seen."""
        noisy = self._clean + self._shown_noise * self._sigma
        with self._network.evaluation():
            steps = list(self._network.trace(noisy))
        denoised = steps[-1].output
        chosen = steps[min(self._settings.layer, len(steps) - 1)]
        return LiveUpdate(
            step=self._optimizer.steps,
            losses=losses,
            norms=self._norms(),
            layers=tuple(f"{step.name} {type(step.module).__name__}" for step in steps),
            kernels=first_kernels(self._network),
            maps=stretched_maps(in_rows(chosen.output.nan_to_num())),
            noisy=to_pictures(noisy),
            denoised=to_pictures(denoised.nan_to_num()),
            clean=to_pictures(self._clean),
            psnr=self._psnr(denoised),
            psnr_before=self._psnr(noisy),
            learned=len(self._learned),
            parameters=sum(value.numel() for value, _ in self._network.param()),
            trouble=trouble,
        )

    @property
    def _sigma(self) -> float:
        return self._settings.sigma_255 / 255

    @torch.inference_mode()
    def _step(self) -> float:
        """Make one step; return the loss before it."""
        clean = self._patches(self._settings.batch)
        noisy = self._shot(clean)
        target = self._shot(clean) if self._in_pairs else clean
        self._network.zero_grad()
        loss = float(self._loss(self._network(noisy), target))
        self._network.backward(self._loss.backward())
        self._optimizer.lr, self._optimizer.momentum = self._settings.rate, self._settings.momentum
        self._optimizer.step(self._network.param())
        self._first = loss if self._first is None else self._first
        return loss

    def _shot(self, clean: Tensor) -> Tensor:
        return clean + torch.randn(clean.shape) * self._sigma

    def _trouble(self, loss: float) -> str:
        """Say in one word what is wrong, if anything is."""
        norms = [norm for _, norm in self._norms()]
        if not math.isfinite(loss + sum(norms)) or (self._first and loss > GROWN * self._first):
            return "diverged"
        self._unreached = self._unreached + 1 if min(norms) < VANISHED else 0
        gone = max(norms) < VANISHED or self._unreached == PATIENCE
        return "stuck" if gone else ""

    def _psnr(self, images: Tensor) -> float:
        errors = (images.clamp(0, 1) - self._clean).square().mean(dim=(1, 2, 3))
        return float(-10 * errors.log10().mean())

    def _norms(self) -> tuple[tuple[str, float], ...]:
        """Return the gradient norm of each layer that learns."""
        return tuple(
            (name, math.sqrt(sum(float(held.gradient.square().sum()) for held in learned)))
            for name, layer in self._network.named_modules()
            if (learned := layer.own_parameters())
        )

    def _patches(self, count: int) -> Tensor:
        """Return (count, 3, 32, 32) parts of the pictures, in [0, 1]."""
        pictures, _, height, width = self._learned.shape
        places = zip(
            torch.randint(pictures, (count,)).tolist(),
            torch.randint(height - PATCH + 1, (count,)).tolist(),
            torch.randint(width - PATCH + 1, (count,)).tolist(),
            strict=True,
        )
        patches = [
            self._learned[number, :, top : top + PATCH, left : left + PATCH]
            for number, top, left in places
        ]
        return torch.stack(patches).float() / 255
