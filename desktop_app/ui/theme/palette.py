"""The colours of what the theme does not draw: viewer, plots, texts of secondary importance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours of one appearance; ``background`` and ``text`` are those of the Sun Valley theme."""

    name: str
    background: str
    surface: str
    hover: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    viewer: str
    good: str
    bad: str
    series: tuple[str, ...]


LIGHT = Palette(
    name="light",
    background="#fafafa",
    surface="#ececec",
    hover="#f0f0f0",
    border="#dcdcdc",
    text="#1c1c1c",
    muted="#616161",
    accent="#005fb8",
    on_accent="#ffffff",
    viewer="#e4e4e4",
    good="#0f7b0f",
    bad="#c42b1c",
    series=("#005fb8", "#c2571a", "#107c41", "#8a3ffc", "#b1006a", "#69797e"),
)

DARK = Palette(
    name="dark",
    background="#1c1c1c",
    surface="#2f2f2f",
    hover="#272727",
    border="#3a3a3a",
    text="#fafafa",
    muted="#a3a3a3",
    accent="#57c8ff",
    on_accent="#000000",
    viewer="#121212",
    good="#6ccb5f",
    bad="#ff99a4",
    series=("#57c8ff", "#ffb86b", "#6ccb5f", "#c3a6ff", "#ff8fc7", "#a0aeb2"),
)
