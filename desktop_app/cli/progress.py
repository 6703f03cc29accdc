"""A line that shows how far long work has come and how much time is left."""

from __future__ import annotations

import io
import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO

from desktop_app.controllers.progress import format_seconds
from desktop_app.services.console import draw, say
from desktop_app.services.shown_text import shown_line

_FIRST_SHOWN_AFTER = 1.0
_SECONDS_BETWEEN = 0.1
_BAR_WIDTH = 24


class ProgressLine:
    """A progress bar on a terminal; silent where the output is not one, and for the first second.

    Used in a ``with`` statement, at whose end the line is wiped away.

    Args:
        stream: where to draw, standard error by default.
        clock: the time in seconds.
    """

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream or sys.stderr or io.StringIO()
        self._clock = clock
        self._started = clock()
        self._next_drawing = self._started + _FIRST_SHOWN_AFTER
        self._drawn_width = 0

    def update(self, share: float, text: str = "") -> None:
        """Show that a share (0 to 1) of the work is done; ``text`` says what is being done."""
        now = self._clock()
        if now < self._next_drawing or not self._stream.isatty():
            return
        self._next_drawing = now + _SECONDS_BETWEEN
        share = min(max(share, 0.0), 1.0)
        filled = round(share * _BAR_WIDTH)
        bar = "#" * filled + "." * (_BAR_WIDTH - filled)
        left = (
            f"{format_seconds((now - self._started) * (1 - share) / share)} left" if share else ""
        )
        self._draw(f"[{bar}] {share:4.0%} {left:>12}  {text}")

    def print(self, line: str) -> None:
        """Print a line to standard output without the bar getting in its way."""
        self.clear()
        say(line)

    def clear(self) -> None:
        """Wipe the bar away; the next update draws it anew."""
        if self._drawn_width:
            draw(self._stream, "\r" + " " * self._drawn_width + "\r")
            self._drawn_width = 0

    def _draw(self, line: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        line = shown_line(line)[:width].rstrip()
        draw(self._stream, "\r" + line.ljust(self._drawn_width))
        self._drawn_width = len(line)

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()
