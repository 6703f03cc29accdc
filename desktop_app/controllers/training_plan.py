"""What a person decides before training: data, network, time."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from desktop_app.services.training_config import RunConfig


@dataclass(frozen=True)
class NetworkChoice:
    """A network as the window offers it."""

    title: str
    architecture: str
    configuration: dict[str, Any]


NETWORKS = {
    "small": NetworkChoice(
        "U-Net, small (fast)", "photo-unet", {"widths": [16, 32, 64], "blocks": 1}
    ),
    "standard": NetworkChoice(
        "U-Net, standard", "photo-unet", {"widths": [32, 64, 128], "blocks": 2}
    ),
    "large": NetworkChoice(
        "U-Net, large (slow)", "photo-unet", {"widths": [48, 96, 192], "blocks": 2}
    ),
    "paper": NetworkChoice("The paper's network (tiny)", "paper", {}),
}

PRESETS = {"quick": ("Quick: 5 minutes", 5.0), "good": ("Good: 1 hour", 60.0)}
CUSTOM = "custom"
VALIDATE_EVERY = 200
CUSTOM_TITLE = "Custom"


@dataclass(frozen=True)
class TrainingPlan:
    """The decisions.

    Attributes:
        folder: folder of clean photos.
        network: key of :data:`NETWORKS`.
        preset: key of :data:`PRESETS`, or ``custom``.
        custom_minutes: training time where the preset is ``custom``.
        lowest_sigma, highest_sigma: range of noise levels to learn, 0-255.
        device: where to train.
    """

    folder: str = ""
    network: str = "small"
    preset: str = "quick"
    custom_minutes: float = 15.0
    lowest_sigma: float = 0.0
    highest_sigma: float = 55.0
    device: str = "auto"

    @property
    def minutes(self) -> float:
        """How long the run will take."""
        return self.custom_minutes if self.preset == CUSTOM else PRESETS[self.preset][1]

    def complaint(self) -> str | None:
        """Return a sentence about what is missing, or ``None`` if training can start."""
        if not self.folder:
            return "Choose a folder of clean photos first."
        if not self.minutes > 0:
            return f"Training needs more than {self.minutes:g} minutes."
        if not 0 <= self.lowest_sigma <= self.highest_sigma <= 75:
            return "Noise levels go from low to high, between 0 and 75."
        return None

    def with_changes(self, **changes: Any) -> TrainingPlan:
        """Return the plan with other decisions."""
        return dataclasses.replace(self, **changes)


def run_config(plan: TrainingPlan) -> RunConfig:
    """Turn the decisions into a run's configuration; this imports torch.

    Raises:
        AppError, ScratchError: a decision cannot be used.
    """
    from desktop_app.services.training_config import RunConfig
    from desktop_app.services.training_data import DataConfig
    from scratch_layers.training.config import TrainingConfig

    network = NETWORKS[plan.network]
    training = TrainingConfig(
        architecture=network.architecture,
        configuration=network.configuration,
        minutes=plan.minutes,
        batch_size=8,
        validate_every=VALIDATE_EVERY,
        checkpoint_seconds=30.0,
        average_decay=0.99,
    )
    sigma_255 = (plan.lowest_sigma, plan.highest_sigma)
    data = DataConfig("photo", (plan.folder,), patch_size=64, sigma_255=sigma_255)
    return RunConfig(training, data, plan.device)
