"""What passes between the window, which shows curves, and the thread that draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image

from desktop_app.controllers.training_curves import TrainingCurves
from desktop_app.ui.theme.palette import Palette


@dataclass(frozen=True)
class PlotOrder:
    """What is to be drawn; it does not change while another thread draws it.

    Attributes:
        curves: of the present run.
        compared: of earlier runs, by name.
        palette: the colours.
        shown_steps: first and last step to show; ``None`` shows all.
        logarithmic: whether the loss has a logarithmic scale.
        size: width and height in pixels of the screen.
        scale: pixels of the screen per unit of length.
    """

    curves: TrainingCurves
    compared: Mapping[str, TrainingCurves]
    palette: Palette
    shown_steps: tuple[float, float] | None = None
    logarithmic: bool = True
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
