"""The picture of a run's curves, made by Matplotlib on a worker thread, without any widget."""

from __future__ import annotations

import threading
from io import BytesIO
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from desktop_app.services.atomic_files import write_atomically
from desktop_app.ui.widgets.layer_axes import LayerAxes
from desktop_app.ui.widgets.plot_navigation import DrawnPlot, PlotOrder
from desktop_app.ui.widgets.training_axes import TrainingAxes

DOTS_PER_INCH = 96


class TrainingDrawing:
    """Two figures, drawn again and again; Matplotlib allows one thread at a time.

    Attributes:
        axes, layers: of the curves, and of what the layers do.
    """

    def __init__(self) -> None:
        figures = [Figure(figsize=(1, 1), dpi=DOTS_PER_INCH) for _ in range(2)]
        self._canvases = [FigureCanvasAgg(figure) for figure in figures]
        self.axes, self.layers = TrainingAxes(figures[0]), LayerAxes(figures[1])
        self._lock = threading.Lock()

    def draw(self, order: PlotOrder) -> DrawnPlot:
        """Return the picture that is ordered."""
        with self._lock:
            canvas = self._canvases[order.layer is not None]
            top = self._arrange(canvas.figure, order)
            canvas.draw()
            width, height = canvas.get_width_height()
            pixels = canvas.buffer_rgba()
            picture = Image.frombytes("RGBA", (width, height), bytes(pixels)).convert("RGB")
            box, limits = top.get_window_extent(), top.get_xlim()
            return DrawnPlot(picture, box.x0, box.x1, limits)

    def export(self, order: PlotOrder, path: Path) -> None:
        """Write the picture that is ordered to a PNG file.

        Raises:
            WriteError: the file cannot be written.
        """
        content = BytesIO()
        self.draw(order).picture.save(content, "PNG")
        write_atomically(path, lambda file: file.write(content.getbuffer()))

    def _arrange(self, figure: Figure, order: PlotOrder) -> Axes:
        """Put everything into the figure; return its uppermost axes."""
        dots = DOTS_PER_INCH * order.scale
        figure.set_dpi(dots)
        figure.set_size_inches(order.size[0] / dots, order.size[1] / dots)
        figure.set_facecolor(order.palette.background)
        if order.layer is not None:
            self.layers.draw(order)
            return self.layers.norms
        self.axes.logarithmic = order.logarithmic
        self.axes.draw(order.curves, order.compared, order.palette, order.shown_steps)
        return self.axes.loss
