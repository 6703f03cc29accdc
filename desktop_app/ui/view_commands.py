"""The commands that change how things look: ways of comparing, zoom, loupe, theme."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.context import Context
from desktop_app.ui.commands import Command

MODES = {
    "split": "Before and after, split",
    "side": "Before and after, side by side",
    "removed": "What was removed",
    "error": "Difference from the clean original",
    "rivals": "Two models, side by side",
}
THEMES = {
    "system": "Theme of the system",
    "light": "Light theme",
    "dark": "Dark theme",
    "high-contrast": "High-contrast theme",
}


def view_commands(controller: ApplicationController) -> dict[str, Command]:
    """Return the commands about the picture that is shown; they rest while none is."""
    view, current = controller.view, controller.documents.current
    commands: dict[str, Command] = {}

    def add(
        name: str,
        title: str,
        run: Callable[[], object],
        *keys: str,
        possible: Callable[[], bool] = lambda: True,
    ) -> None:
        commands[name] = Command(
            title,
            run,
            keys,
            enabled=lambda: current.value is not None and possible(),
            typing=False,
        )

    def switch_loupe() -> None:
        view.loupe.value = not view.loupe.value

    possible = {"error": lambda: view.truth is not None, "rivals": lambda: view.rivals is not None}
    for mode, title in MODES.items():
        show = partial(view.show_mode, mode)
        add(f"view-{mode}", title, show, possible=possible.get(mode, lambda: True))
    keys = "plus", "Mod-plus", "equal", "Mod-equal"
    add("zoom-in", "Zoom in", lambda: view.zoom_step(+1), *keys)
    add("zoom-out", "Zoom out", lambda: view.zoom_step(-1), "minus", "Mod-minus")
    add("fit", "Fit in window", view.fit, "0", "Mod-0")
    add("actual-size", "Actual size, 1:1", lambda: view.zoom_to(1), "1")
    add("double-size", "Double size, 2:1", lambda: view.zoom_to(2), "2")
    add("loupe", "Loupe", switch_loupe, "l")
    add("more-gain", "Amplify differences more", lambda: view.change_gain(+1), "bracketright")
    add("less-gain", "Amplify differences less", lambda: view.change_gain(-1), "bracketleft")
    return commands


def theme_commands(context: Context) -> dict[str, Command]:
    """Return a command for every theme."""
    return {
        f"theme-{theme}": Command(title, partial(context.change_settings, theme=theme))
        for theme, title in THEMES.items()
    }
