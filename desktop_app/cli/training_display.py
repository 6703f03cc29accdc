"""The live display of a training run in a terminal."""

from __future__ import annotations

import io
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TextIO

from desktop_app.controllers.progress import format_seconds
from desktop_app.services.console import draw
from desktop_app.services.training.runs import TrainingRun
from desktop_app.services.training.workers import is_first_process
from scratch_layers.training.events import (
    DataNotice,
    Event,
    FileSkipped,
    Finished,
    RolledBack,
    Started,
    StepDone,
    Validated,
    WriteFailed,
)

_TERMINAL_INTERVAL = 0.2
_FILE_INTERVAL = 30.0
_LOSS_MEMORY = 0.99
_INTERRUPTED = 130


def show_training(training_run: TrainingRun) -> int:
    """Train and show the progress until the run ends; return the exit code."""
    display = TrainingDisplay(training_run.folder, silent=not is_first_process())
    with stop_signals(training_run.stop):
        for event in training_run.events():
            display.show(event)
    return _INTERRUPTED if display.was_stopped else 0


class TrainingDisplay:
    """Turns events into lines of text.

    On a terminal one line is kept up to date; where the output goes to a file, a line is added
    every half minute. Validations and troubles get a line of their own.

    Args:
        folder: of the run.
        stream: where to write, standard error by default.
        silent: show nothing, as do all processes but the first.

    Attributes:
        was_stopped: whether the run ended because it was asked to.
    """

    def __init__(self, folder: Path, stream: TextIO | None = None, silent: bool = False) -> None:
        self.was_stopped = False
        self._silent = silent
        self._folder = folder
        self._stream = stream or sys.stderr or io.StringIO()
        self._live = self._stream.isatty()
        self._next_time = 0.0
        self._loss: float | None = None
        self._psnr: float | None = None
        self._line_width = 0

    def show(self, event: Event) -> None:
        """Show what ``event`` tells."""
        if isinstance(event, Finished):
            self.was_stopped = event.reason == "stopped"
        if self._silent:
            return
        if isinstance(event, StepDone):
            self._show_step(event)
        elif isinstance(event, Started):
            self._say(
                f"{'Going on from step ' + str(event.step) if event.step else 'Training'}: "
                f"{event.parameters:,} parameters, run folder {self._folder}"
            )
        elif isinstance(event, Validated):
            self._psnr = event.psnr
            best = ", the best so far" if event.is_best else ""
            self._say(
                f"step {event.step}: validation {event.psnr:.2f} dB, SSIM {event.ssim:.4f}{best}"
            )
        elif isinstance(event, RolledBack):
            self._say(
                f"Step {event.failed_step} was not applied because {event.reason}; going on from "
                f"step {event.step} with {event.rate_scale:g} of the planned learning rate."
            )
        elif isinstance(event, DataNotice):
            self._say(event.sentence)
        elif isinstance(event, FileSkipped):
            self._say(f"Skipped {event.name}: {event.reason}")
        elif isinstance(event, WriteFailed):
            self._say(event.reason)
        elif isinstance(event, Finished):
            self._show_end(event)

    def _show_step(self, event: StepDone) -> None:
        former = self._loss if self._loss is not None else event.loss
        self._loss = _LOSS_MEMORY * former + (1 - _LOSS_MEMORY) * event.loss
        now = time.monotonic()
        if now < self._next_time and event.progress < 1:
            return
        self._next_time = now + (_TERMINAL_INTERVAL if self._live else _FILE_INTERVAL)
        psnr = "" if self._psnr is None else f"  {self._psnr:.2f} dB"
        line = (
            f"step {event.step}  {event.progress:4.0%}  loss {self._loss:.5f}{psnr}  "
            f"rate {event.learning_rate:.2e}  {event.patches_per_second:.0f} patches/s  "
            f"{_time_left(event)} left"
        )
        if self._live:
            line = line[: shutil.get_terminal_size().columns - 1]
            draw(self._stream, "\r" + line.ljust(self._line_width))
            self._line_width = len(line)
        else:
            self._say(line)

    def _show_end(self, event: Finished) -> None:
        if self.was_stopped:
            self._say(
                f"Stopped at step {event.step}; go on with: "
                f"scratch-denoiser train --resume {self._folder}"
            )
        else:
            self._say(f"Finished at step {event.step} ({event.reason}); see {self._folder}")

    def _say(self, text: str) -> None:
        if self._line_width:
            draw(self._stream, "\r" + " " * self._line_width + "\r")
            self._line_width = 0
        draw(self._stream, text + "\n")


def _time_left(event: StepDone) -> str:
    if event.progress <= 0:
        return "?"
    return format_seconds(event.elapsed_seconds * (1 - event.progress) / event.progress)


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` at the first interrupt inside the block; the next acts as it always does."""
    former = {number: signal.getsignal(number) for number in _SIGNALS}

    def restore() -> None:
        for number, handler in former.items():
            signal.signal(number, handler)

    def ask(_number: int, _frame: FrameType | None) -> None:
        restore()
        stop()

    for number in _SIGNALS:
        signal.signal(number, ask)
    try:
        yield
    finally:
        restore()
