"""Trains a tiny network on one photo, and shows after every few steps what has become of it.

Imported on worker threads only, because it needs torch.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from desktop_app.services.models.shown_tensors import first_kernels, stretched_maps, to_picture
from desktop_app.services.pictures.pyramid import Pixels
from desktop_app.services.training.live_update import NETWORKS, LiveSettings, LiveUpdate
from scratch_layers.layers import Conv2d, ReLU, Sequential
from scratch_layers.losses import MSE
from scratch_layers.models.networks import paper_network
from scratch_layers.optim import SGD

PATCH = 32
UPDATE_SECONDS = 0.1
GROWN = 100.0
"""Times the first loss: no step that helps makes the loss so large."""

VANISHED = 1e-7
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


def train_live(pixels: Pixels, network: str, settings: LiveSettings) -> Iterator[LiveUpdate]:
    """Learn to remove noise from patches of a photo until the training diverges, or is stopped.

    Every step draws patches of 32 x 32 pixels and adds new Gaussian noise to them; the loss is the
    mean squared error to the clean patches, the optimizer is SGD with momentum.

    Args:
        pixels: (H, W, 3) the photo, which is taken for clean; sides of 32 pixels or more that are
            multiples of 4.
        network: see :func:`build`.
        settings: are read anew at every step.

    Yields:
        About ten times a second what the network is and does now.
    """
    clean = torch.tensor(pixels).permute(2, 0, 1)[None].float() / 255
    learner = _Learner(build(network), clean, settings)
    losses: list[float] = []
    shown = -math.inf
    while True:
        losses.append(learner.step())
        trouble = learner.trouble(losses[-1])
        if trouble or time.monotonic() - shown >= UPDATE_SECONDS:
            yield learner.update(tuple(losses), trouble)
            # Counted from here, so that there is time to learn on a busy machine too.
            shown, losses = time.monotonic(), []
        if trouble:
            return


class _Learner:
    """A network on its way."""

    def __init__(self, network: Sequential, clean: Tensor, settings: LiveSettings) -> None:
        self._network = network.train()
        self._clean = clean
        self._settings = settings
        self._loss = MSE()
        # A momentum that may be moved to and from zero needs an optimizer that remembers.
        self._optimizer = SGD(settings.rate, momentum=0.5)
        generator = torch.Generator().manual_seed(SHOWN_NOISE_SEED)
        self._shown_noise = torch.randn(clean.shape, generator=generator)
        self._first: float | None = None

    def step(self) -> float:
        """Make one step; return the loss before it."""
        target = self._patches(self._settings.batch)
        noise = torch.randn(target.shape) * (self._settings.sigma_255 / 255)
        self._network.zero_grad()
        loss = float(self._loss(self._network(target + noise), target))
        self._network.backward(self._loss.backward())
        self._optimizer.lr, self._optimizer.momentum = self._settings.rate, self._settings.momentum
        self._optimizer.step(self._network.param())
        self._first = loss if self._first is None else self._first
        return loss

    def trouble(self, loss: float) -> str:
        """Say in one word what is wrong, if anything is."""
        norm = math.sqrt(sum(norm**2 for _, norm in self._norms()))
        if not math.isfinite(loss + norm) or (self._first and loss > GROWN * self._first):
            return "diverged"
        return "stuck" if norm < VANISHED else ""

    def update(self, losses: tuple[float, ...], trouble: str) -> LiveUpdate:
        """Denoise the whole photo and put together what is to be seen."""
        noisy = self._clean + self._shown_noise * (self._settings.sigma_255 / 255)
        with self._network.evaluation():
            steps = list(self._network.trace(noisy))
        denoised = steps[-1].output
        error = float((denoised.clamp(0, 1) - self._clean).square().mean())
        chosen = steps[min(self._settings.layer, len(steps) - 1)]
        return LiveUpdate(
            step=self._optimizer.steps,
            losses=losses,
            norms=self._norms(),
            layers=tuple(f"{step.name} {type(step.module).__name__}" for step in steps),
            kernels=first_kernels(self._network),
            maps=stretched_maps(chosen.output[0].nan_to_num()),
            noisy=to_picture(noisy),
            denoised=to_picture(denoised.nan_to_num()),
            clean=to_picture(self._clean),
            psnr=-10 * math.log10(error) if 0 < error < math.inf else math.nan,
            parameters=sum(value.numel() for value, _ in self._network.param()),
            trouble=trouble,
        )

    def _norms(self) -> tuple[tuple[str, float], ...]:
        """Return the gradient norm of each layer that learns."""
        return tuple(
            (name, math.sqrt(sum(float(held.gradient.square().sum()) for held in learned)))
            for name, layer in self._network.named_modules()
            if (learned := layer.own_parameters())
        )

    def _patches(self, count: int) -> Tensor:
        height, width = self._clean.shape[2:]
        tops = torch.randint(height - PATCH + 1, (count,)).tolist()
        lefts = torch.randint(width - PATCH + 1, (count,)).tolist()
        return torch.cat(
            [
                self._clean[:, :, top : top + PATCH, left : left + PATCH]
                for top, left in zip(tops, lefts, strict=True)
            ]
        )
