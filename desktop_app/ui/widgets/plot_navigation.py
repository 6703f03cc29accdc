"""Zooming into a plot and moving along its steps, with the mouse and the keyboard."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from PIL import Image

from desktop_app.controllers.training_curves import TrainingCurves
from desktop_app.ui.theme.palette import Palette

ZOOM_STEP = 1.4
KEY_PAN = 0.2
FEWEST_STEPS = 4.0


@dataclass(frozen=True)
class PlotOrder:
    """What is to be drawn; it does not change while another thread draws it.

    Attributes:
        curves: of the present run, or of that whose layers are shown.
        compared: of earlier runs, by name.
        palette: the colours.
        shown_steps: first and last step to show; ``None`` shows all.
        logarithmic: whether the loss has a logarithmic scale.
        layer: whose weights are shown, beside the gradients of all; ``None`` shows the curves.
        size: width and height in pixels of the screen.
        scale: pixels of the screen per unit of length.
    """

    curves: TrainingCurves
    compared: Mapping[str, TrainingCurves]
    palette: Palette
    shown_steps: tuple[float, float] | None = None
    logarithmic: bool = True
    layer: int | None = None
    size: tuple[int, int] = (1000, 700)
    scale: float = 1.0


@dataclass(frozen=True)
class DrawnPlot:
    """A finished picture, and where its steps lie.

    Attributes:
        picture: RGB.
        left, right: between which columns of pixels the steps lie.
        steps: the steps at these columns.
    """

    picture: Image.Image
    left: float
    right: float
    steps: tuple[float, float]

    def step_at(self, x: float) -> float:
        """Return the step at a column of pixels."""
        first, last = self.steps
        return first + (x - self.left) / (self.right - self.left) * (last - first)


Steps = tuple[float, float]


class PlotNavigation:
    """Knows which steps are in view.

    The wheel zooms at the pointer, dragging moves along the steps, a double click shows all; the
    keys are plus, minus, 0 and the arrows.

    Args:
        widget: where the plot is shown.
        picture: returns the picture that is shown; ``None`` where no curve is in it.
        on_change: called when other steps are to be shown.

    Attributes:
        shown_steps: first and last step in view; ``None`` for all.
    """

    def __init__(
        self,
        widget: tk.Misc,
        picture: Callable[[], DrawnPlot | None],
        on_change: Callable[[], object],
    ) -> None:
        self._widget = widget
        self._picture = picture
        self._on_change = on_change
        self._grip: tuple[float, Steps] | None = None
        self.shown_steps: Steps | None = None
        widget.bind("<MouseWheel>", lambda event: self._on_wheel(event, event.delta > 0))
        widget.bind("<Button-4>", lambda event: self._on_wheel(event, True))
        widget.bind("<Button-5>", lambda event: self._on_wheel(event, False))
        widget.bind("<ButtonPress-1>", self._on_press)
        widget.bind("<B1-Motion>", self._on_drag)
        widget.bind("<Double-Button-1>", lambda _: self.show_all())
        for key, action in (
            ("plus", self.zoom_in),
            ("equal", self.zoom_in),
            ("minus", self.zoom_out),
            ("Key-0", self.show_all),
            ("Left", partial(self._pan, -KEY_PAN)),
            ("Right", partial(self._pan, KEY_PAN)),
        ):
            widget.bind(f"<{key}>", partial(_after, action))

    def zoom_in(self) -> None:
        """Show fewer steps."""
        self.zoom(1 / ZOOM_STEP)

    def zoom_out(self) -> None:
        """Show more steps."""
        self.zoom(ZOOM_STEP)

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show ``factor`` times as many steps, with step ``at`` (the middle) staying in place."""
        steps = self._steps()
        if steps is None:
            return
        first, last = steps
        at = (first + last) / 2 if at is None else at
        if (last - first) * factor >= FEWEST_STEPS or factor > 1:
            self.look_at((at - (at - first) * factor, at + (last - at) * factor))

    def look_at(self, steps: Steps | None) -> None:
        """Show these steps; ``None`` shows all, and those to come."""
        self.shown_steps = steps
        self._on_change()

    def show_all(self) -> None:
        """Show all steps, and those to come."""
        self.look_at(None)

    def _steps(self) -> Steps | None:
        """First and last step in view, or ``None`` where no curve is."""
        if self.shown_steps is not None:
            return self.shown_steps
        picture = self._picture()
        return None if picture is None else picture.steps

    def _pan(self, share: float) -> None:
        if (steps := self._steps()) is not None:
            by = share * (steps[1] - steps[0])
            self.look_at((steps[0] + by, steps[1] + by))

    def _on_wheel(self, event: tk.Event, up: bool) -> None:
        if (picture := self._picture()) is not None:
            self.zoom(1 / ZOOM_STEP if up else ZOOM_STEP, picture.step_at(event.x))

    def _on_press(self, event: tk.Event) -> None:
        self._widget.focus_set()
        steps = self._steps()
        self._grip = None if steps is None else (event.x, steps)

    def _on_drag(self, event: tk.Event) -> None:
        picture = self._picture()
        if self._grip is None or picture is None:
            return
        x, (first, last) = self._grip
        by = (x - event.x) / (picture.right - picture.left) * (last - first)
        if by:
            self.look_at((first + by, last + by))


def _after(action: Callable[[], object], _: tk.Event) -> str:
    action()
    return "break"
