"""The numbers of a training run as curves that can be drawn quickly, however long the run."""

from __future__ import annotations

import dataclasses
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from desktop_app.services.atomic_files import write_atomically
from scratch_layers.training.events import LayersMeasured, StepDone, Validated, read_events

Layers: TypeAlias = LayersMeasured
"""What a run measured of its layers after a step."""

MOST_POINTS = 1000
SMOOTHING = 0.98


@dataclass
class TrainingCurves:
    """The history of one run.

    Attributes:
        steps, losses: training loss of every step; of earlier sittings, every tenth is known.
        smoothed: exponential moving average of ``losses``, corrected for its start.
        rates: learning rate of every step.
        checked_steps, checked_losses, psnr, ssim: results on the validation set.
        layers: gradients and weights of the layers, at some of the steps.
    """

    steps: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    smoothed: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    checked_steps: list[int] = field(default_factory=list)
    checked_losses: list[float] = field(default_factory=list)
    psnr: list[float] = field(default_factory=list)
    ssim: list[float] = field(default_factory=list)
    layers: list[LayersMeasured] = field(default_factory=list)
    _average: float = 0.0
    _weight: float = 0.0

    @property
    def best(self) -> int | None:
        """Index into ``psnr`` of the best validation, the first of equal ones, or ``None``."""
        return max(range(len(self.psnr)), key=self.psnr.__getitem__, default=None)

    def add_step(self, step: int, loss: float, rate: float) -> None:
        """Append one step; what stands at this step or later is dropped first."""
        self.return_to(step - 1)
        kept = SMOOTHING ** (step - self.steps[-1] if self.steps else 1)
        self._average = kept * self._average + (1 - kept) * loss
        self._weight = kept * self._weight + (1 - kept)
        self.steps.append(step)
        self.losses.append(loss)
        self.smoothed.append(self._average / self._weight)
        self.rates.append(rate)

    def add_validation(self, step: int, loss: float, psnr: float, ssim: float) -> None:
        """Append one validation; those at this step or later are dropped first."""
        self._cut_validations(bisect_left(self.checked_steps, step))
        self.checked_steps.append(step)
        self.checked_losses.append(loss)
        self.psnr.append(psnr)
        self.ssim.append(ssim)

    def return_to(self, step: int) -> None:
        """Drop everything after ``step``, as a run does that goes on from a checkpoint."""
        if self.steps and self.steps[-1] > step:
            count = bisect_right(self.steps, step)
            for values in (self.steps, self.losses, self.smoothed, self.rates):
                del values[count:]
            self._average = self.smoothed[-1] * self._weight if self.smoothed else 0.0
            self._weight = self._weight if self.smoothed else 0.0
        self._cut_validations(bisect_right(self.checked_steps, step))
        while self.layers and self.layers[-1].step > step:
            self.layers.pop()

    def add_layers(self, measured: LayersMeasured) -> None:
        """Append what was measured of the layers; what stands at this step or later is dropped."""
        while self.layers and self.layers[-1].step >= measured.step:
            self.layers.pop()
        self.layers.append(measured)

    def copy(self) -> TrainingCurves:
        """Return curves that do not grow with these, for another thread to read."""
        lists: dict[str, Any] = {
            item.name: list(getattr(self, item.name))
            for item in dataclasses.fields(self)
            if not item.name.startswith("_")
        }
        return dataclasses.replace(self, **lists)

    def nearest(self, step: float) -> int | None:
        """Return the index of the step that is nearest to ``step``, or ``None``."""
        return _nearest(self.steps, step)

    def nearest_validation(self, step: float) -> int | None:
        """Return the index of the validation that is nearest to ``step``, or ``None``."""
        return _nearest(self.checked_steps, step)

    def layers_at(self, step: float) -> LayersMeasured | None:
        """Return what was measured last up to ``step``, or else first; ``None`` without any."""
        place = bisect_right(self.layers, step, key=lambda event: event.step) - 1
        return self.layers[max(0, place)] if self.layers else None

    def _cut_validations(self, count: int) -> None:
        for values in (self.checked_steps, self.checked_losses, self.psnr, self.ssim):
            del values[count:]

    def write_csv(self, path: Path) -> None:
        """Write a line for every known step; validations and layers stand where they belong.

        Raises:
            WriteError: the file cannot be written.
        """
        checked = dict(
            zip(
                self.checked_steps,
                zip(self.checked_losses, self.psnr, self.ssim, strict=True),
                strict=True,
            )
        )
        names = self.layers[-1].layers if self.layers else ()
        norms = {event.step: event.gradient_norms for event in self.layers if event.layers == names}
        columns = "step,loss,smoothed_loss,learning_rate,validation_loss,psnr,ssim"
        lines = [",".join([columns, *(f"gradient_norm {name}" for name in names)])]
        known = {
            step: values
            for step, *values in zip(
                self.steps, self.losses, self.smoothed, self.rates, strict=True
            )
        }
        for step in sorted({*known, *checked, *norms}):
            numbers = [*known.get(step, ("", "", "")), *checked.get(step, ("", "", ""))]
            numbers += norms.get(step, ("",) * len(names))
            lines.append(",".join(map(str, (step, *numbers))))
        text = "\n".join(lines) + "\n"
        write_atomically(path, lambda file: file.write(text.encode()))


def read_curves(run_folder: Path) -> TrainingCurves:
    """Read the curves of a run from its log."""
    curves = TrainingCurves()
    for event in read_events(run_folder):
        if isinstance(event, StepDone):
            curves.add_step(event.step, event.loss, event.learning_rate)
        elif isinstance(event, Validated):
            curves.add_validation(event.step, event.loss, event.psnr, event.ssim)
        elif isinstance(event, LayersMeasured):
            curves.add_layers(event)
    return curves


def visible(
    steps: Sequence[int], values: Sequence[float], shown: tuple[float, float] | None
) -> tuple[Sequence[int], Sequence[float]]:
    """Return the part of a curve between two steps, with one point more on either side."""
    if shown is None:
        return steps, values
    start = max(0, bisect_left(steps, shown[0]) - 1)
    end = bisect_right(steps, shown[1]) + 1
    return steps[start:end], values[start:end]


def decimated(
    steps: Sequence[int], values: Sequence[float], most: int = MOST_POINTS
) -> tuple[list[int], list[float]]:
    """Thin a curve to about ``most`` points, keeping the extremes that the eye would see.

    Every stretch of equal length is replaced by its first smallest and first largest point, in the
    order in which they come; ends are kept.
    """
    count = len(steps)
    if count <= most:
        return list(steps), list(values)
    import numpy as np

    stretches = max(1, most // 2)
    length = -(-count // stretches)
    # The last stretch is filled up with the last value, whose first occurrence counts.
    padded = np.full(-(-count // length) * length, values[-1], dtype=np.float64)
    padded[:count] = values
    parts = padded.reshape(-1, length)
    starts = np.arange(len(parts)) * length
    extremes = np.concatenate((starts + parts.argmin(axis=1), starts + parts.argmax(axis=1)))
    kept = np.unique(np.concatenate(([0], extremes, [count - 1]))).tolist()
    return [steps[index] for index in kept], [values[index] for index in kept]


def _nearest(steps: Sequence[int], step: float) -> int | None:
    if not steps:
        return None
    right = min(bisect_left(steps, step), len(steps) - 1)
    left = max(0, right - 1)
    return left if abs(steps[left] - step) <= abs(steps[right] - step) else right
