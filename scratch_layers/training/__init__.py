"""Training as a generator of events, with checkpoints from which it continues bit for bit."""

from typing import TYPE_CHECKING

from scratch_layers.lazy import lazy_names

if TYPE_CHECKING:
    from scratch_layers.training.config import TrainingConfig
    from scratch_layers.training.events import (
        CheckpointSaved,
        Event,
        FileSkipped,
        Finished,
        LayersMeasured,
        RolledBack,
        Started,
        StepDone,
        Validated,
        WriteFailed,
        read_events,
    )
    from scratch_layers.training.trainer import Trainer
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "config": ("TrainingConfig",),
            "events": (
                "CheckpointSaved",
                "Event",
                "FileSkipped",
                "Finished",
                "LayersMeasured",
                "RolledBack",
                "Started",
                "StepDone",
                "Validated",
                "WriteFailed",
                "read_events",
            ),
            "trainer": ("Trainer",),
        },
    )
