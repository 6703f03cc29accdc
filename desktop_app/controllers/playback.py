"""Going through a series of steps: one by one, or by itself until it is paused."""

from __future__ import annotations

from desktop_app.controllers.observable import Observable

WHOLE_MS = 12000
"""How long a long series takes by itself; short ones take :data:`SLOWEST_MS` a step."""

QUICKEST_MS, SLOWEST_MS = 40, 700


class Playback:
    """Where in a series of steps one is; the window's clock calls :meth:`tick`.

    Attributes:
        length: how many steps there are.
        position: how many are done.
        playing: whether the clock is to go on.
    """

    def __init__(self) -> None:
        self.length = 0
        self.position = Observable(0)
        self.playing = Observable(False)

    @property
    def interval_ms(self) -> int:
        """Time for one step."""
        return min(max(WHOLE_MS // max(1, self.length), QUICKEST_MS), SLOWEST_MS)

    def load(self, length: int, position: int | None = None) -> None:
        """Take up another series, at its end unless a position is given."""
        self.playing.value = False
        self.length = length
        self.go_to(length if position is None else position)

    def go_to(self, position: int) -> None:
        """Go to a place in the series; tells it even where the number stays the same."""
        position = min(max(position, 0), self.length)
        if position == self.position.value:
            self.position.notify()
        self.position.value = position

    def step(self, by: int) -> None:
        """Pause, and do so many steps more."""
        self.playing.value = False
        self.go_to(self.position.value + by)

    def toggle(self) -> None:
        """Pause, or play; at the end, from the beginning."""
        if not self.playing.value and self.position.value >= self.length:
            self.go_to(0)
        self.playing.value = not self.playing.value and self.length > 0

    def tick(self) -> None:
        """Do the next step, if it is playing."""
        if self.playing.value:
            self.go_to(self.position.value + 1)
            if self.position.value >= self.length:
                self.playing.value = False
