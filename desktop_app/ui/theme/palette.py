"""The colours of what the theme does not draw: viewer, plots, texts of secondary importance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours of one appearance; light and dark take background and text from Sun Valley.

    ``muted`` is for texts of secondary importance, ``faint`` for icons that cannot be used now.
    """

    name: str
    background: str
    surface: str
    hover: str
    border: str
    text: str
    muted: str
    faint: str
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
    faint="#c4c4c4",
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
    faint="#4a4a4a",
    accent="#57c8ff",
    on_accent="#000000",
    viewer="#121212",
    good="#6ccb5f",
    bad="#ff99a4",
    series=("#57c8ff", "#ffb86b", "#6ccb5f", "#c3a6ff", "#ff8fc7", "#a0aeb2"),
)

HIGH_CONTRAST = Palette(
    name="high-contrast",
    background="#000000",
    surface="#202020",
    hover="#303030",
    border="#ffffff",
    text="#ffffff",
    muted="#ffffff",
    faint="#707070",
    accent="#ffff00",
    on_accent="#000000",
    viewer="#000000",
    good="#3ff23f",
    bad="#ff8080",
    series=("#ffffff", "#ffff00", "#3ff23f", "#80d0ff", "#ff80ff", "#ffb060"),
)
