"""In which theme and at which scale the window is pictured."""

from __future__ import annotations

from dataclasses import dataclass

WINDOW = (1200, 780)


@dataclass(frozen=True)
class Look:
    """A theme and a scale."""

    theme: str
    scale: float

    @property
    def screen(self) -> tuple[int, int]:
        """The pixels of a screen that the window fills."""
        return round(WINDOW[0] * self.scale), round(WINDOW[1] * self.scale)


LOOKS = {
    "light": Look("light", 1.0),
    "dark": Look("dark", 1.0),
    "large": Look("light", 2.0),
    "contrast": Look("high-contrast", 1.0),
}
