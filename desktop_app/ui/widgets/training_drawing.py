"""The pictures of a run, made by Matplotlib on a worker thread: its curves, and its layers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image

from desktop_app.controllers.training_curves import Layers, visible
from desktop_app.services.atomic_files import write_atomically
from desktop_app.ui.widgets.plot_navigation import DrawnPlot, PlotOrder
from desktop_app.ui.widgets.training_axes import (
    LABEL,
    LOW,
    SMALL,
    TrainingAxes,
    clear_axes,
    explain_above,
    explain_emptiness,
    make_logarithmic,
    place_axes,
    plain_name,
    thin_numbers,
)

COLUMNS, ROWS = 400, 121
NOTHING = "The layers' gradients and weights\nare shown here while a network learns."
NO_RECORD = "This run has no record of its layers."


DOTS_PER_INCH = 96


class LayerAxes:
    """Draws what was measured of a run's layers into a figure.

    The gradient norms are lines on a logarithmic scale, from the first to the last layer in
    colours that go over into one another. The weights' histogram is a column of shades for every
    step: the darker (on a dark background, brighter), the more weights have that value.
    """

    def __init__(self, figure: Figure) -> None:
        self.norms, self.weights = figure.subplots(2, 1, sharex=True)

    def draw(self, order: PlotOrder) -> None:
        """Draw everything anew."""
        palette, measured = order.palette, order.curves.layers
        for axes in (self.norms, self.weights):
            clear_axes(axes, palette)
        names = measured[-1].layers if measured else ()
        measured = [event for event in measured if event.layers == names]
        if names:
            chosen = min(order.layer or 0, len(names) - 1)
            self._draw_norms(measured, order, chosen)
            self._draw_weights(measured, order, chosen)
        else:
            words = NO_RECORD if order.curves.steps else NOTHING
            explain_emptiness(self.norms, words, palette)
        self._label(names, order)
        if order.shown_steps is not None:
            self.norms.set_xlim(*order.shown_steps)
        elif measured:
            self.norms.set_xlim(*_first_and_last(measured))

    def _draw_norms(self, measured: Sequence[Layers], order: PlotOrder, chosen: int) -> None:
        palette, count = order.palette, len(measured[0].layers)
        steps = [event.step for event in measured]
        start = palette.series[0 if palette.series[0] != palette.text else 3]
        colours = _blend([start, palette.series[4], palette.series[1]])
        names = {0: "first layer", count - 1: "last layer"}
        names[chosen] = measured[0].layers[chosen]
        for number in [*(other for other in range(count) if other != chosen), chosen]:
            is_chosen = number == chosen
            norms = [event.gradient_norms[number] or np.nan for event in measured]
            self.norms.plot(
                *visible(steps, norms, order.shown_steps),
                color=palette.text if is_chosen else colours(number / max(1, count - 1)),
                linewidth=2.2 if is_chosen else 1,
                label=plain_name(names[number]) if number in names else None,
                marker="." if len(steps) == 1 else None,
            )
        shown = [value for line in self.norms.lines for value in line.get_ydata() if value > 0]
        if shown and min(shown) < max(shown):
            make_logarithmic(self.norms)
            self.norms.minorticks_off()

    def _draw_weights(self, measured: Sequence[Layers], order: PlotOrder, chosen: int) -> None:
        first, last = order.shown_steps or _first_and_last(measured)
        steps = [event.step for event in measured]
        wanted = np.linspace(first, last, COLUMNS)
        places = np.clip(np.searchsorted(steps, wanted, side="right") - 1, 0, len(steps) - 1)
        limit = max(measured[place].weight_limits[chosen] for place in set(places)) or 1.0
        heights = np.linspace(-limit, limit, ROWS)
        columns = {place: _density(measured[place], chosen, heights) for place in set(places)}
        shades = np.stack([columns[place] for place in places], axis=1)
        shades[:, (wanted < steps[0] - 0.5) | (wanted > steps[-1] + 0.5)] = 0
        self.weights.imshow(
            np.sqrt(shades),
            cmap=_blend([order.palette.background, order.palette.accent, order.palette.text]),
            aspect="auto",
            origin="lower",
            interpolation="nearest",
            extent=(first, last, -limit, limit),
        )
        self.weights.grid(visible=False)

    def _label(self, names: Sequence[str], order: PlotOrder) -> None:
        palette = order.palette
        for axes, name in ((self.norms, "Gradient norm"), (self.weights, "Weights")):
            axes.set_ylabel(name, color=palette.muted, fontsize=LABEL)
            if not names:
                axes.set_xticks([])
                axes.set_yticks([])
        self.weights.set_xlabel("Step", color=palette.muted, fontsize=LABEL)
        if names:
            explain_above(self.norms, palette, len(names))
        height = place_axes((self.norms, self.weights), legend_rows=1 if names else 0)
        if height < LOW:
            self.norms.set_ylabel("Gradient", color=palette.muted, fontsize=SMALL)
        for axes in (self.norms, self.weights):
            thin_numbers(axes)


def _first_and_last(measured: Sequence[Layers]) -> tuple[float, float]:
    first, last = measured[0].step, measured[-1].step
    return (first, last) if last > first else (first - 0.5, last + 0.5)


def _density(
    measured: Layers, layer: int, heights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return how many weights lie around every height, as a share of the most."""
    counts = np.array(measured.weight_counts[layer], dtype=np.float64)
    limit = measured.weight_limits[layer]
    places = np.floor((heights / (limit or 1.0) + 1) / 2 * len(counts)).astype(int)
    inside = np.abs(heights) <= limit
    density = np.where(inside, counts[np.clip(places, 0, len(counts) - 1)], 0.0)
    return density / max(1.0, counts.max())


def _blend(colours: list[str]) -> Colormap:
    return LinearSegmentedColormap.from_list("layers", colours)


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
