"""The book of recipes: how each kind of data is learned from, where nobody says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop_app.services.training.config import RunConfig
from desktop_app.services.training.data import DataConfig
from scratch_layers.training.config import TrainingConfig

VALIDATION_SIGMA_255 = 25.0

_RATES = {"muon": (1e-2, 2e-3), "adam": (1e-3, 1e-4), "adamw": (1e-3, 1e-4), "sgd": (1e-1, 1e-2)}
_PATCH_STEP = 16


@dataclass(frozen=True)
class Recipe:
    """What suits a kind of data.

    Attributes:
        patch_size: side of a training patch in pixels.
        sigma_255: range of the noise levels that are added, 0-255 scale.
        rates: highest learning rate for random and for pretrained weights; what suits the optimizer
            where None.
        minutes: how long to train; None leaves that to whoever starts the run.
        architecture, batch_size, optimizer, schedule, loss, clip_norm, average_decay,
            validate_every, checkpoint_seconds: as in
            :class:`~scratch_layers.training.config.TrainingConfig`.
    """

    patch_size: int = 64
    sigma_255: tuple[float, float] = (0.0, 55.0)
    rates: tuple[float, float] | None = None
    minutes: float | None = None
    architecture: str = TrainingConfig.architecture
    batch_size: int = TrainingConfig.batch_size
    optimizer: str = "muon"
    schedule: str = TrainingConfig.schedule
    loss: str = TrainingConfig.loss
    clip_norm: float | None = TrainingConfig.clip_norm
    average_decay: float = TrainingConfig.average_decay
    validate_every: int = TrainingConfig.validate_every
    checkpoint_seconds: float = TrainingConfig.checkpoint_seconds

    def learning_rate(self, is_pretrained: bool) -> float:
        """Return the highest learning rate for random or for pretrained weights."""
        rates = self.rates or _RATES.get(self.optimizer, _RATES["adam"])
        return rates[1] if is_pretrained else rates[0]


RECIPES: dict[str, Recipe] = {
    "photo": Recipe(),
    "raw": Recipe(batch_size=8, patch_size=192, architecture="mosaic-unet", validate_every=200),
    "pairs": Recipe(),
    "noisy": Recipe(batch_size=8, patch_size=128),
    "adapt": Recipe(
        minutes=1.0,
        batch_size=2,
        architecture="plain",
        optimizer="adam",
        rates=(1e-2, 1e-5),
        average_decay=0.99,
    ),
    "miniproject": Recipe(
        batch_size=32,
        patch_size=32,
        sigma_255=(28.0, 28.0),
        architecture="paper",
        optimizer="sgd",
        rates=(0.4, 0.4),
        schedule="constant",
        loss="mse",
        clip_norm=None,
        average_decay=0.0,
    ),
}
"""For every kind of :class:`~desktop_app.services.training.data.DataConfig` its recipe.

"adapt" follows Mansour and Heckel, "Zero-Shot Noise2Noise" (CVPR 2023), "miniproject" the paper.
"""


@dataclass(frozen=True)
class NetworkWidth:
    """How wide a network is: its channels, from which its speed and its quality follow."""

    title: str
    configuration: dict[str, Any]


@dataclass(frozen=True)
class NetworkFamily:
    """A network as people choose it, in the widths that it comes in, narrowest first.

    Attributes:
        title: what people read.
        architecture: its name in the library.
        widths: by name.
        kinds: of training data that it can learn from.
    """

    title: str
    architecture: str
    widths: dict[str, NetworkWidth]
    kinds: tuple[str, ...] = ("photo", "pairs", "noisy")

    def width(self, name: str) -> str:
        """Return ``name`` if the network comes in this width, else the narrowest one."""
        return name if name in self.widths else next(iter(self.widths))


def _unet(title: str, narrowest: int, blocks: int) -> NetworkWidth:
    widths = [narrowest, 2 * narrowest, 4 * narrowest]
    channels = f"{widths[0]}-{widths[-1]}"
    return NetworkWidth(f"{title} ({channels})", {"widths": widths, "blocks": blocks})


def _plain(title: str, width: int, layers: int) -> NetworkWidth:
    return NetworkWidth(f"{title} ({layers} × {width})", {"widths": [width] * layers})


_UNETS = {
    "narrow": _unet("Narrow", 16, 1),
    "medium": _unet("Medium", 32, 2),
    "wide": _unet("Wide", 48, 2),
    "widest": _unet("Widest", 64, 2),
}

NETWORKS = {
    "unet": NetworkFamily("U-Net for photos", "photo-unet", _UNETS),
    "mosaic": NetworkFamily("U-Net for RAW", "mosaic-unet", _UNETS, ("raw",)),
    "plain": NetworkFamily(
        "Plain convolutions",
        "plain",
        {
            "narrow": _plain("Narrow", 32, 2),
            "medium": _plain("Medium", 48, 4),
            "wide": _plain("Wide", 64, 6),
        },
    ),
    "paper": NetworkFamily(
        "From the paper",
        "paper",
        {"narrow": NetworkWidth("As in the paper", {})},
    ),
}
"""The networks that people choose from."""


def networks_for(kind: str) -> dict[str, NetworkFamily]:
    """Return the networks that can learn from a kind of data, by name; the usual one comes first.

    Args:
        kind: key of :data:`RECIPES`.
    """
    return {name: network for name, network in NETWORKS.items() if kind in network.kinds}


def configured_run(
    data: DataConfig,
    recipe: Recipe,
    *,
    configuration: Mapping[str, Any] | None = None,
    learning_rate: float | None = None,
    device: str = "auto",
    threads: int | None = None,
    start_from: str | None = None,
    **more: Any,
) -> RunConfig:
    """Return the configuration of a run.

    Args:
        data: what it learns from.
        recipe: how; one of :data:`RECIPES`, changed as people want it.
        configuration: of the network.
        learning_rate: the highest one; that of the recipe where None.
        device, threads, start_from: as in :class:`~desktop_app.services.training.config.RunConfig`.
        more: further values of :class:`~scratch_layers.training.config.TrainingConfig`.

    Raises:
        ArgumentError: a value is out of its range.
    """
    rate = recipe.learning_rate(start_from is not None) if learning_rate is None else learning_rate
    training = TrainingConfig(
        architecture=recipe.architecture,
        configuration=dict(configuration or {}),
        objective=data.objective,
        minutes=recipe.minutes,
        batch_size=recipe.batch_size,
        optimizer=recipe.optimizer,
        learning_rate=rate,
        schedule=recipe.schedule,
        loss=recipe.loss,
        clip_norm=recipe.clip_norm,
        average_decay=recipe.average_decay,
        validate_every=recipe.validate_every,
        checkpoint_seconds=recipe.checkpoint_seconds,
        **more,
    )
    return RunConfig(training, data, device, threads, start_from)


def fitting_patch(patch_size: int, smallest_side: int) -> int:
    """Return the side of the patches for a photo that may be smaller than they usually are.

    Args:
        patch_size: the usual side in pixels.
        smallest_side: width or height of the photo, whichever is less.
    """
    return min(patch_size, max(_PATCH_STEP, smallest_side // _PATCH_STEP * _PATCH_STEP))
