"""The picture of a run's curves, made by Matplotlib on a worker thread, without any widget."""

from __future__ import annotations

import threading
from io import BytesIO
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from desktop_app.services.atomic_files import write_atomically
from desktop_app.ui.widgets.plot_navigation import DrawnPlot, PlotOrder
from desktop_app.ui.widgets.training_axes import TrainingAxes

DOTS_PER_INCH = 96


class TrainingDrawing:
    """One figure, drawn again and again; Matplotlib allows one thread at a time.

    Attributes:
        figure, axes: what was drawn last.
    """

    def __init__(self) -> None:
        self.figure = Figure(figsize=(1, 1), dpi=DOTS_PER_INCH)
        self._canvas = FigureCanvasAgg(self.figure)
        self.axes = TrainingAxes(self.figure)
        self._lock = threading.Lock()

    def draw(self, order: PlotOrder) -> DrawnPlot:
        """Return the picture that is ordered."""
        with self._lock:
            self._arrange(order)
            self._canvas.draw()
            width, height = self._canvas.get_width_height()
            pixels = self._canvas.buffer_rgba()
            picture = Image.frombytes("RGBA", (width, height), bytes(pixels)).convert("RGB")
            loss = self.axes.loss
            box, limits = loss.get_window_extent(), loss.get_xlim()
            return DrawnPlot(picture, box.x0, box.x1, limits)

    def export(self, order: PlotOrder, path: Path) -> None:
        """Write the picture that is ordered to a PNG file.

        Raises:
            WriteError: the file cannot be written.
        """
        content = BytesIO()
        self.draw(order).picture.save(content, "PNG")
        write_atomically(path, lambda file: file.write(content.getbuffer()))

    def _arrange(self, order: PlotOrder) -> None:
        dots = DOTS_PER_INCH * order.scale
        self.figure.set_dpi(dots)
        self.figure.set_size_inches(order.size[0] / dots, order.size[1] / dots)
        self.figure.set_facecolor(order.palette.background)
        self.axes.logarithmic = order.logarithmic
        self.axes.draw(order.curves, order.compared, order.palette, order.shown_steps)
