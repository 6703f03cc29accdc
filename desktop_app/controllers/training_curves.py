"""The numbers of a training run as curves that can be drawn quickly, however long the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from desktop_app.services.atomic_files import write_atomically

MOST_POINTS = 1000
SMOOTHING = 0.98


@dataclass
class TrainingCurves:
    """The history of one run.

    Attributes:
        steps, losses: training loss of every step.
        smoothed: exponential moving average of ``losses``, corrected for its start.
        rates: learning rate of every step.
        checked_steps, checked_losses, psnr, ssim: results on the validation set.
        best: index into ``psnr`` of the best validation, or ``None``.
    """

    steps: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    smoothed: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    checked_steps: list[int] = field(default_factory=list)
    checked_losses: list[float] = field(default_factory=list)
    psnr: list[float] = field(default_factory=list)
    ssim: list[float] = field(default_factory=list)
    best: int | None = None
    _average: float = 0.0
    _weight: float = 0.0

    def add_step(self, step: int, loss: float, rate: float) -> None:
        """Append one step; steps that a roll-back returned before are dropped first."""
        while self.steps and self.steps[-1] >= step:
            for values in (self.steps, self.losses, self.smoothed, self.rates):
                values.pop()
        self._average = SMOOTHING * self._average + (1 - SMOOTHING) * loss
        self._weight = SMOOTHING * self._weight + (1 - SMOOTHING)
        self.steps.append(step)
        self.losses.append(loss)
        self.smoothed.append(self._average / self._weight)
        self.rates.append(rate)

    def add_validation(self, step: int, loss: float, psnr: float, ssim: float) -> None:
        """Append one validation."""
        self.checked_steps.append(step)
        self.checked_losses.append(loss)
        self.psnr.append(psnr)
        self.ssim.append(ssim)
        if self.best is None or psnr > self.psnr[self.best]:
            self.best = len(self.psnr) - 1

    def write_csv(self, path: Path) -> None:
        """Write a line for every step; validation figures stand at the steps they belong to.

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
        lines = ["step,loss,smoothed_loss,learning_rate,validation_loss,psnr,ssim"]
        for step, *values in zip(self.steps, self.losses, self.smoothed, self.rates, strict=True):
            numbers = [*values, *checked.get(step, ("", "", ""))]
            lines.append(",".join(map(str, (step, *numbers))))
        text = "\n".join(lines) + "\n"
        write_atomically(path, lambda file: file.write(text.encode()))


def decimated(
    steps: Sequence[int], values: Sequence[float], most: int = MOST_POINTS
) -> tuple[list[int], list[float]]:
    """Thin a curve to about ``most`` points, keeping the extremes that the eye would see.

    Every stretch of equal length is replaced by its first smallest and first largest point, in the
    order in which they come.
    """
    if len(steps) <= most:
        return list(steps), list(values)
    stretches = max(1, most // 2)
    kept: list[int] = [0]
    for number in range(stretches):
        start = number * len(steps) // stretches
        end = (number + 1) * len(steps) // stretches
        part = range(start, end)
        extremes = {min(part, key=values.__getitem__), max(part, key=values.__getitem__)}
        kept.extend(sorted(extremes - {kept[-1]}))
    if kept[-1] != len(steps) - 1:
        kept.append(len(steps) - 1)
    return [steps[index] for index in kept], [values[index] for index in kept]
