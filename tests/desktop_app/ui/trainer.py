"""What tests of the Train page do again and again."""

from __future__ import annotations

from desktop_app.controllers.training import IDLE


def drawn_points(page) -> int:
    """How many steps the loss that is on the screen has."""
    return max((len(line.get_xdata()) for line in page.plot.drawing.axes.loss.lines), default=0)


def start(app, steps: int = 5) -> None:
    app.window.main.pages["train"].controls.start.invoke()
    app.until(lambda: len(app.controller.training.curves.value.steps) >= steps)


def drawn_labels(page) -> set[str]:
    """The names of the curves in the picture of the losses."""
    return {line.get_label() for line in page.plot.drawing.axes.loss.lines}


def stop(app) -> None:
    app.window.main.pages["train"].controls.stop.invoke()
    app.until(lambda: app.controller.training.state.value == IDLE)
