"""Curves in every stage of a run can be drawn, without a warning of Matplotlib's."""

from __future__ import annotations

from itertools import pairwise

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from desktop_app.controllers.training_curves import Layers, TrainingCurves
from desktop_app.ui.theme.palette import DARK, HIGH_CONTRAST, LIGHT
from desktop_app.ui.widgets.plot_navigation import PlotOrder
from desktop_app.ui.widgets.training_axes import TrainingAxes
from desktop_app.ui.widgets.training_drawing import LayerAxes


def _curves(losses, psnrs=()):
    curves = TrainingCurves()
    for step, loss in enumerate(losses, start=1):
        curves.add_step(step, loss, 1e-3)
    for step, psnr in enumerate(psnrs, start=1):
        curves.add_validation(step, 0.1, psnr, 0.5)
    return curves


@pytest.fixture
def drawn():
    """Draw curves as the page does, and return the axes."""

    def draw(curves, compared=None, palette=LIGHT, shown=None, size=(6, 5)):
        figure = Figure(figsize=size)
        axes = TrainingAxes(figure)
        axes.draw(curves, compared or {}, palette, shown)
        FigureCanvasAgg(figure).draw()
        return axes

    return draw


@pytest.mark.parametrize(
    "curves",
    [
        _curves([]),
        _curves([0.5]),
        _curves([0.5, 0.5, 0.5]),
        _curves([0.5, 0.0]),
        _curves([0.5, 0.1], [20.0]),
        _curves([], [20.0, 21.0]),
        _curves([0.5 / step for step in range(1, 5000)], [20.0, 22.0, 21.0]),
    ],
)
def test_every_stage_of_a_run_is_drawn_beside_an_earlier_one(drawn, curves):
    alone = drawn(curves, palette=LIGHT)
    lines = [line for line in alone.loss.lines if len(line.get_xdata())]
    assert len(lines) == (2 + bool(curves.checked_steps) if curves.steps else 0)
    beside = drawn(curves, {"earlier": _curves([0.4, 0.3], [19.0])}, DARK)
    earlier = {line.get_label(): list(line.get_ydata()) for line in beside.loss.lines}["earlier"]
    assert earlier[0] == 0.4
    assert len(beside.psnr.lines) == len(alone.psnr.lines) + 1


def test_the_loss_is_logarithmic_only_where_that_makes_sense(drawn):
    assert drawn(_curves([0.5, 0.1])).loss.get_yscale() == "log"
    assert drawn(_curves([0.5, 0.0])).loss.get_yscale() == "linear"
    # Smoothed, this becomes a number that differs by rounding.
    assert drawn(_curves([1e-4])).loss.get_yscale() == "linear"


def test_long_runs_are_drawn_with_few_points(drawn):
    axes = drawn(_curves([1 / step for step in range(1, 20_000)]))
    assert max(len(line.get_xdata()) for line in axes.loss.lines) < 1100


def test_a_part_of_the_steps_can_be_shown(drawn):
    axes = drawn(_curves([0.5, 0.4, 0.3, 0.2]), shown=(2.0, 3.0))
    assert axes.loss.get_xlim() == (2.0, 3.0)


def test_the_best_validation_is_named(drawn):
    texts = [text.get_text() for text in drawn(_curves([0.5, 0.1], [20.0, 23.5, 21.0])).psnr.texts]
    assert texts == ["best 23.50 dB"]


@pytest.mark.parametrize("size", [(8, 4.6), (4.9, 2.8)], ids=["usual", "smallest"])
def test_names_of_the_axes_are_whole_and_clear_of_the_numbers(drawn, size):
    axes = drawn(_curves([0.5 / step for step in range(1, 50)], [20.0, 22.0]), size=size)
    page = axes.loss.figure.bbox
    assert axes.rate.xaxis.label.get_window_extent().y0 >= page.y0
    for pair in (axes.loss, axes.psnr, axes.rate):
        name = pair.yaxis.label.get_window_extent()
        assert name.x0 >= page.x0
        numbers = [text for text in pair.get_yticklabels() if text.get_text()]
        assert numbers
        assert not any(name.overlaps(text.get_window_extent()) for text in numbers)


def test_a_plot_without_room_keeps_axes_with_an_area(drawn):
    axes = drawn(_curves([0.5, 0.1], [20.0]), size=(0.1, 0.1))
    for pair in (axes.loss, axes.psnr, axes.rate):
        box = pair.get_position()
        assert box.width > 0
        assert box.height > 0


@pytest.mark.parametrize("steps", [[], [3], [3, 50, 900]])
def test_layers_are_drawn_from_none_to_many(steps):
    curves = _curves([0.5, 0.4])
    for step in steps:
        norms, limits = (0.5, 0.0, 0.1), (0.2, 0.0, 0.1 * step)
        counts = ((1, 2, 1), (3, 0, 0), (0, 9, 0))
        curves.add_layers(Layers(step, ("a", "$b", "c"), norms, limits, counts))
    figure = Figure(figsize=(5, 2))
    axes = LayerAxes(figure)
    for layer in range(3):
        axes.draw(PlotOrder(curves, {}, HIGH_CONTRAST, layer=layer, size=(500, 200)))
        FigureCanvasAgg(figure).draw()
    assert len(axes.norms.lines) == (3 if steps else 0)
    if steps:
        assert axes.weights.get_ylim()[1] == pytest.approx(0.1 * steps[-1])
        [shades] = [image.get_array() for image in axes.weights.images]
        assert shades[:, -1].max() == 1
        assert shades[0, -1] == 0


@pytest.mark.parametrize("size", [(6, 5), (3.4, 1.8), (2, 1.5)])
def test_the_best_value_stands_between_the_curves_and_touches_none(drawn, size):
    axes = drawn(_curves([0.5, 0.1], [20.0, 21.5]), size=size)
    (words,) = axes.psnr.texts
    assert words.get_text() == "best 21.50 dB"
    box = words.get_window_extent()
    assert box.y0 >= axes.psnr.get_window_extent().y1
    assert box.y1 < axes.loss.get_window_extent().y0


@pytest.mark.parametrize("size", [(6, 5), (5, 2.5), (3.4, 1.8), (2, 1.5)])
def test_numbers_at_the_axes_stand_apart_and_the_steps_are_told(drawn, size):
    losses = [0.05 + 0.25 / (1 + step / 50) for step in range(1000)]
    axes = drawn(_curves(losses, [22.68, 23.24]), size=size)
    shown = [one for one in (axes.loss, axes.psnr, axes.rate) if one.get_visible()]
    assert len(shown) == (3 if size[1] > 2.4 else 2)
    assert shown[-1].get_xlabel() == "Step"
    assert any(label.get_text() for label in shown[-1].get_xticklabels())
    for one in shown:
        low, high = one.get_ylim()
        ticks = zip(one.get_yticks(), one.get_yticklabels(), strict=True)
        boxes = [words.get_window_extent() for value, words in ticks if low <= value <= high]
        boxes.sort(key=lambda box: box.y0)
        assert boxes
        assert all(lower.y1 <= upper.y0 for lower, upper in pairwise(boxes))


def test_a_plot_that_grows_shows_the_rate_again():
    figure = Figure(figsize=(3, 1.6))
    axes = TrainingAxes(figure)
    for height, shown in ((1.6, False), (5, True), (1.6, False)):
        figure.set_size_inches(3, height)
        axes.draw(_curves([0.5, 0.1], [20.0]), {}, LIGHT, None)
        FigureCanvasAgg(figure).draw()
        assert axes.rate.get_visible() == shown
        assert axes.loss.get_window_extent().height > 0.2 * figure.dpi
