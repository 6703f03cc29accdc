"""Three pairs of axes over one another: loss, PSNR, learning rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from desktop_app.controllers.training_curves import TrainingCurves, decimated, visible
from desktop_app.services.shown_text import shown_line
from desktop_app.ui.theme.palette import Palette

SMALL, LABEL = 8, 9
LEGEND_COLUMNS = 5
LEFT, BOTTOM, TOP, RIGHT = 0.85, 0.46, 0.12, 0.2
"""Room around the curves in inches: what stands there does not shrink with the window."""

SMALLEST = (2.0, 1.5)
"""A plot that is less wide or high, in inches, is cut off at the right and above."""

LOW = 2.4
"""In a plot that is less high, in inches, the names of the axes are short, and there is no rate."""

NUMBER = 0.2
"""Inches that the number at an axis needs."""

INVITATION = "The curves grow here\nwhile a network learns."

LEGEND_ROW, NAME_DISTANCE, BETWEEN = 0.16, 0.6, 0.17
"""Height of a row of the legend, distance of the axes' names from the curves, and between curves
that stand over one another, where a line of words fits, in inches."""


class TrainingAxes:
    """Draws curves into a figure.

    Attributes:
        logarithmic: whether the loss has a logarithmic scale.
    """

    def __init__(self, figure: Figure) -> None:
        self.logarithmic = True
        self._shown_steps: tuple[float, float] | None = None
        self.loss, self.psnr, self.rate = figure.subplots(
            3, 1, sharex=True, height_ratios=(3, 3, 1)
        )

    def draw(
        self,
        curves: TrainingCurves,
        compared: Mapping[str, TrainingCurves],
        palette: Palette,
        shown_steps: tuple[float, float] | None,
    ) -> None:
        """Draw everything anew.

        Args:
            curves: of the present run.
            compared: of earlier runs, by name.
            palette: the colours.
            shown_steps: first and last step to show; ``None`` shows all.
        """
        self._shown_steps = shown_steps
        for axes in (self.loss, self.psnr, self.rate):
            clear_axes(axes, palette)
        self._draw_compared(compared, palette)
        if curves.steps:
            self._draw_run(curves, palette)
        elif not compared:
            explain_emptiness(self.loss, INVITATION, palette)
        if curves.best is not None:
            self._mark_best(curves, curves.best, palette)
        self._label(palette)
        if shown_steps is not None:
            self.loss.set_xlim(*shown_steps)

    def _draw_run(self, curves: TrainingCurves, palette: Palette) -> None:
        blue, orange = palette.series[:2]
        steps, losses = self._part(curves.steps, curves.losses)
        self.loss.plot(steps, losses, color=blue, alpha=0.3, linewidth=0.8, label="each step")
        self.loss.plot(
            *self._part(curves.steps, curves.smoothed), color=blue, linewidth=1.6, label="smoothed"
        )
        checked = {"color": orange, "marker": "o", "markersize": 3.5}
        if curves.checked_steps:
            self.loss.plot(
                *self._part(curves.checked_steps, curves.checked_losses),
                label="validation",
                **checked,
            )
        self.psnr.plot(*self._part(curves.checked_steps, curves.psnr), **checked)
        self.rate.plot(*self._part(curves.steps, curves.rates), color=blue, linewidth=1.2)

    def _draw_compared(self, compared: Mapping[str, TrainingCurves], palette: Palette) -> None:
        colours = palette.series[2:]
        for number, (name, curves) in enumerate(compared.items()):
            colour = colours[number % len(colours)]
            smoothed = self._part(curves.steps, curves.smoothed)
            self.loss.plot(*smoothed, color=colour, linewidth=1.2, label=plain_name(name))
            psnr = self._part(curves.checked_steps, curves.psnr)
            self.psnr.plot(*psnr, ".-", color=colour, linewidth=1)
            self.rate.plot(*self._part(curves.steps, curves.rates), color=colour, linewidth=1)

    def _part(self, steps: Sequence[int], values: Sequence[float]) -> tuple[list[int], list[float]]:
        """Thin the part of a curve that is in view; the axes then fit that part."""
        return decimated(*visible(steps, values, self._shown_steps))

    def _label(self, palette: Palette) -> None:
        if self.loss.lines:
            explain_above(self.loss, palette, min(LEGEND_COLUMNS, len(self.loss.lines)))
            losses = [loss for line in self.loss.lines for loss in line.get_ydata()]
            # A loss and its smoothed self may differ by rounding alone: no range for a scale.
            if self.logarithmic and losses and 0 < 1.000001 * min(losses) < max(losses):
                make_logarithmic(self.loss)
        for axes in (self.loss, self.psnr, self.rate):
            if not axes.lines or not len(axes.lines[0].get_xdata()):
                axes.set_yticks([])
        if not self.loss.lines:
            self.rate.set_xticks([])
        self.loss.set_ylabel("Loss", color=palette.muted, fontsize=LABEL)
        self.rate.set_ylabel("Rate", color=palette.muted, fontsize=LABEL)
        self._place(palette)

    def _place(self, palette: Palette) -> None:
        """Leave the curves what names, numbers and legend do not need."""
        low = height_of(self.loss) < LOW
        shown = (self.loss, self.psnr) if low else (self.loss, self.psnr, self.rate)
        words, size = ("PSNR", SMALL) if low else ("PSNR (dB)", LABEL)
        self.psnr.set_ylabel(words, color=palette.muted, fontsize=size)
        self.rate.set_visible(not low)
        self.loss.get_gridspec().set_height_ratios((3, 3, 1e-6) if low else (3, 3, 1))
        shown[-1].set_xlabel("Step", color=palette.muted, fontsize=LABEL)
        shown[-1].tick_params(labelbottom=True)
        place_axes(shown, -(-len(self.loss.lines) // LEGEND_COLUMNS), hidden=3 - len(shown))
        for axes in shown:
            thin_numbers(axes)

    def _mark_best(self, curves: TrainingCurves, best: int, palette: Palette) -> None:
        step, psnr = curves.checked_steps[best], curves.psnr[best]
        if self._shown_steps is not None:
            first, last = self._shown_steps
            if not first <= step <= last:
                return
        self.psnr.plot([step], [psnr], "o", color=palette.good, markersize=7, clip_on=False)
        self.psnr.text(
            1,
            1.02,
            f"best {psnr:.2f} dB",
            transform=self.psnr.transAxes,
            ha="right",
            va="bottom",
            fontsize=SMALL,
            color=palette.good,
        )


def height_of(axes: Axes) -> float:
    """Return the height of the figure around some axes, in inches."""
    figure: Any = axes.figure
    return float(max(figure.get_size_inches()[1], SMALLEST[1]))


def place_axes(stacked: Sequence[Axes], legend_rows: int, hidden: int = 0) -> float:
    """Leave the curves what names, numbers and legend do not need; return the height in inches.

    Args:
        hidden: how many rows without a height follow below.
    """
    figure: Any = stacked[0].figure
    width, height = np.maximum(figure.get_size_inches(), SMALLEST)
    above, rows = TOP + LEGEND_ROW * legend_rows, len(stacked) + hidden
    for_axes = height - above - BOTTOM - BETWEEN * (len(stacked) - 1)
    between = BETWEEN if hidden else max(BETWEEN, 0.2 * for_axes / rows)
    figure.subplots_adjust(
        left=LEFT / width,
        right=1 - RIGHT / width,
        top=1 - above / height,
        bottom=(BOTTOM - between * hidden) / height,
        hspace=between * rows / (height - above - BOTTOM - between * (len(stacked) - 1)),
    )
    for axes in stacked:
        axes.yaxis.set_label_coords(-NAME_DISTANCE / (width - LEFT - RIGHT), 0.5)
    return float(height)


def thin_numbers(axes: Axes) -> None:
    """Keep as many numbers at the vertical axis as stand apart."""
    low, high = axes.get_ylim()
    numbers = [number for number in axes.get_yticks() if low <= number <= high]
    room = axes.get_position().height * height_of(axes) / NUMBER
    if len(numbers) > max(1, room):
        axes.set_yticks([numbers[0], numbers[-1]] if room >= 2 else [numbers[len(numbers) // 2]])


def explain_above(axes: Axes, palette: Palette, columns: int) -> None:
    """Put the legend above the curves, where it hides none of them."""
    axes.legend(
        frameon=False,
        fontsize=SMALL,
        labelcolor=palette.muted,
        loc="lower right",
        bbox_to_anchor=(1.01, 0.98),
        borderaxespad=0,
        ncols=columns,
    )


def explain_emptiness(axes: Axes, words: str, palette: Palette) -> None:
    """Say what will stand here instead of leaving empty axes unexplained."""
    axes.text(
        0.5,
        0.5,
        words,
        transform=axes.transAxes,
        ha="center",
        va="center",
        color=palette.muted,
        fontsize=10,
    )


def make_logarithmic(axes: Axes) -> None:
    """Use a logarithmic scale with numbers as people write them, such as 0.05."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    wide = high / low > 300
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def clear_axes(axes: Axes, palette: Palette) -> None:
    """Empty axes and give them the colours of the theme."""
    axes.clear()
    axes.set_facecolor(palette.background)
    axes.grid(color=palette.border, linewidth=0.6)
    axes.tick_params(which="both", colors=palette.muted, labelsize=SMALL)
    axes.margins(x=0.02, y=0.12)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(palette.border)
    if not axes.get_subplotspec().is_last_row():  # type: ignore[union-attr]
        axes.tick_params(labelbottom=False)


def plain_name(name: str) -> str:
    """Return a name as a legend shows it: dollar signs would begin a formula."""
    return shown_line(name).replace("$", r"\$")
