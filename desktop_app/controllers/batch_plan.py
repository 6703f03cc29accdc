"""What a person decides about a batch, and the words for what becomes of each photo."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desktop_app.services.denoising.batch import BatchSettings, ItemOutcome
from desktop_app.services.denoising.batch_files import BatchItem
from desktop_app.services.denoising.batch_targets import Existing
from desktop_app.services.errors import Remedy
from desktop_app.services.folders import typed_path
from desktop_app.services.pictures.development import Development

WAITING, RUNNING, DONE, SKIPPED, FAILED = "waiting", "running", "done", "skipped", "failed"

POLICY_TITLES: dict[Existing, str] = {
    "skip": "Skip the photo",
    "overwrite": "Replace the file",
    "rename": "Keep both, with a new name",
}
FIRST_FRAME_TITLE = "First picture of animations"
ALLOW_DAMAGED_TITLE = "What is left of damaged files"
REMEDY_HINTS: dict[Remedy, str] = {
    "first_frame": f"Tick “{FIRST_FRAME_TITLE}” and retry.",
    "allow_damaged": f"Tick “{ALLOW_DAMAGED_TITLE}” and retry.",
}


@dataclass(frozen=True)
class BatchPlan:
    """The decisions.

    Attributes:
        output: folder for the results; beside each photo where empty.
        recursive: whether photos are looked for in folders inside folders.
        existing: what to do where a result exists.
        sigma_255: noise level, 0-75; measured in each photo where ``None``.
        strength: percentage of the change to apply.
        first_frame: whether the first picture of animations and multi-page files is taken.
        allow_damaged: whether what can be read of damaged files is taken.
        as_dng: whether results are DNG files wherever they can be.
        development: how RAW files are developed; DNG files are not.
    """

    output: str = ""
    recursive: bool = True
    existing: Existing = "skip"
    sigma_255: float | None = None
    strength: float = 100.0
    first_frame: bool = False
    allow_damaged: bool = False
    as_dng: bool = False
    development: Development = field(default_factory=Development)

    @property
    def output_folder(self) -> Path | None:
        """The folder for the results, or ``None`` for beside each photo."""
        return typed_path(self.output).absolute() if self.output else None

    @property
    def settings(self) -> BatchSettings:
        """The decisions as the batch service takes them."""
        return BatchSettings(
            sigma_255=self.sigma_255,
            strength=self.strength,
            existing=self.existing,
            first_frame=self.first_frame,
            allow_damaged=self.allow_damaged,
            development=self.development,
        )

    def with_changes(self, **changes: Any) -> BatchPlan:
        """Return the plan with other decisions."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True)
class BatchRow:
    """One photo of a batch.

    Attributes:
        item: the photo and where its result goes.
        status: ``waiting``, ``running``, ``done``, ``skipped`` or ``failed``.
        share: how much of it is done, 0-1.
        outcome: what became of it, once it is known.
    """

    item: BatchItem
    status: str = WAITING
    share: float = 0.0
    outcome: ItemOutcome | None = None

    @property
    def status_words(self) -> str:
        """The status as people read it, such as ``Denoising, 40 %``."""
        if self.status == RUNNING:
            return f"Denoising, {self.share * 100:.0f} %"
        return self.status.capitalize()

    @property
    def noise_words(self) -> str:
        """The measured noise before and after, such as ``12.1 → 2.3``; empty until known."""
        if self.outcome is None or self.outcome.sigma_before is None:
            return ""
        after = self.outcome.sigma_after
        return f"{self.outcome.sigma_before:.1f}" + ("" if after is None else f" → {after:.1f}")

    @property
    def target(self) -> Path:
        """Where the result is, or will be if nothing of that name is there."""
        return self.item.target if self.outcome is None else self.outcome.item.target

    @property
    def explanation(self) -> str:
        """All there is to say about this photo."""
        if self.outcome is None:
            return f"{self.item.source.name} will become {self.item.target}."
        if self.outcome.status == "done":
            sentence = f"{self.item.source.name} became {self.target}."
            return " ".join((sentence, self.outcome.sentence, *self.outcome.notices))
        hint = REMEDY_HINTS[self.outcome.remedy] if self.outcome.remedy else ""
        return f"{self.outcome.reason} {hint}".strip()
