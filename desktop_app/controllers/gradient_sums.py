"""The sum of products behind a gradient on the photo: of a layer's input, or of one weight."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from desktop_app.controllers.number_words import precise
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.playback import Playback
from desktop_app.controllers.pointed_value import place_words
from desktop_app.services.models.sums_of_products import (
    SumOfProducts,
    input_gradient_sum,
    weight_gradient_sum,
)

if TYPE_CHECKING:
    from desktop_app.services.models.network_report import (
        GradientFlow,
        Indices,
        LayerReport,
        NetworkReport,
    )

PHOTO = -1
"""The level of what the network is given; other levels are the outputs of layers, by index."""

INPUT, WEIGHT = "input", "weight"


@dataclass(frozen=True, eq=False)
class GradientSum:
    """Where one number of a gradient comes from.

    Attributes:
        title: which number it is, and how large.
        sum: the products that it is the sum of, if it is one.
        words: how it is made otherwise.
    """

    title: str
    sum: SumOfProducts | None
    words: str = ""


class GradientSumsController:
    """Follows the pointer over the gradient at a layer's output, or the choice of a weight.

    Attributes:
        kind: :data:`INPUT` for values of the maps, :data:`WEIGHT` for those of a kernel.
        shown: the sum, or ``None`` before there is a gradient.
        weight: output map, input map, row and column of the weight.
        weights: how many there are of each; ``None`` where the layer has no kernel.
        pinned: whether the value stays while the pointer moves on.
        playback: through the terms of the sum.
    """

    def __init__(self) -> None:
        self._report: NetworkReport | None = None
        self._flow: GradientFlow | None = None
        self._level = PHOTO
        self._place = (0, 0, 0)
        self.kind = INPUT
        self.shown: Observable[GradientSum | None] = Observable(None)
        self.weight = (0, 0, 0, 0)
        self.weights: tuple[int, int, int, int] | None = None
        self.pinned = False
        self.playback = Playback()

    def follow(self, report: NetworkReport | None, flow: GradientFlow | None, level: int) -> None:
        """Take up another gradient, at its largest value."""
        if report is None or flow is None or len(report.layers) != len(flow.layers):
            self._flow = self.weights = None
            self.shown.value = None
            return
        if flow is self._flow and level == self._level:
            return
        self._report, self._flow, self._level = report, flow, level
        part = flow.input if level == PHOTO else flow.layers[level].part
        strongest = np.unravel_index(int(np.abs(part.values).argmax()), part.values.shape)
        channel, row, column = (int(index) for index in strongest)
        self._place = channel, row + part.corner[0], column + part.corner[1]
        kernel = None if level == PHOTO else report.layers[level].kernel
        self.weights = None
        if kernel is not None:
            out, into, rows, columns = kernel.weight.shape
            self.weights = out, into, rows, columns
            first = channel * kernel.groups // out * into
            # A map of zeros, as behind a ReLU, would give all its weights the gradient zero.
            given = np.abs(report.given_to(level)[first : first + into]).mean(axis=(1, 2))
            self.weight = channel, int(given.argmax()), rows // 2, columns // 2
        self.pinned = False
        self._show()

    def choose(self, kind: str) -> None:
        """Choose between values of the maps and weights."""
        self.kind = kind
        self._show()

    def point(self, channel: int, row: int, column: int, *, keep: bool = False) -> None:
        """Take note of a place of the maps; keep it, or let it go where it is kept already."""
        place = channel, row, column
        if keep:
            self.pinned = not (self.pinned and place == self._place)
        elif self.pinned:
            return
        if place != self._place or keep:
            self._place = place
            if self.weights is not None and channel < self.weights[0]:
                self.weight = (channel, *self.weight[1:])
            self._show()

    def choose_weight(self, weight: tuple[int, int, int, int]) -> None:
        """Choose a weight of the layer."""
        self.weight = weight
        self._show()

    def _show(self) -> None:
        report, flow = self._report, self._flow
        if report is None or flow is None:
            return
        make = _weight_sum if self.kind == WEIGHT else _input_sum
        chosen = self.weight if self.kind == WEIGHT else self._place
        found = make(report, flow, self._level, chosen)
        self.shown.value = found
        self.playback.load(0 if found.sum is None else len(found.sum))


def _input_sum(
    report: NetworkReport, flow: GradientFlow, level: int, place: tuple[int, ...]
) -> GradientSum:
    """Tell where a gradient at a level comes from: out of the layer that reads this level."""
    channel, row, column = place
    value = _at(flow, level, *place)
    where = "the photo" if level == PHOTO else report.layers[level].name or "the layer"
    title = (
        f"At {where}, map {channel + 1}, row {row + 1}, column {column + 1}: {precise(value)}. "
        "Point at another; click a map to see it large, and a pixel of it to keep it."
    )
    if level + 1 == len(report.layers):
        return GradientSum(title, None, "Here it begins: 1 for the chosen value, 0 for all others.")
    reader = report.layers[level + 1]
    past = any(layer.skip_from == level + 1 for layer in report.layers)
    if reader.kernel is None:
        return GradientSum(title, None, _passed_words(reader, flow, level, place, past))
    size = report.given_to(level + 1).shape[1:]
    found = input_gradient_sum(
        reader.kernel, flow.layers[level + 1].part, (size[0], size[1]), channel, (row, column)
    )
    if found is None:
        return GradientSum(title, None, "No output that counts reads this value: the sum is empty.")
    if past:
        found = dataclasses.replace(
            found, start=value - found.partial(len(found)), beginning="what comes past the residual"
        )
    return GradientSum(title, found)


def _passed_words(
    reader: LayerReport, flow: GradientFlow, level: int, place: tuple[int, ...], past: bool
) -> str:
    """Say how a layer without a kernel passes a gradient back."""
    value, name = _at(flow, level, *place), f"{reader.kind} {reader.name}".strip()
    if past:
        return f"{precise(value)} is what {name} passes back, and what comes past the residual."
    if reader.moved_from is not None:
        return _moved_words(reader, reader.moved_from, flow, level, place)
    if reader.output_shape != reader.input_shape:
        return f"{name} passes back {precise(value)}, which belongs to other places of its output."
    behind = _at(flow, level + 1, *place)
    if reader.skip_from is not None or behind == value:
        return f"{name} passes the gradient back as it is: {precise(value)}"
    if not behind:
        return f"No gradient comes to {name} here, so it passes none back."
    slope = f"{precise(value / behind)}, its slope here"
    return f"{precise(behind)} behind {name} × {slope} = {precise(value)}"


def _moved_words(
    reader: LayerReport,
    moved_from: Indices,
    flow: GradientFlow,
    level: int,
    place: tuple[int, ...],
) -> str:
    """Say to which places a value was moved, whose gradients come back."""
    number = np.ravel_multi_index(place, reader.input_shape)
    places = np.argwhere(moved_from == number)
    if not len(places):
        return f"{reader.kind} moved this value nowhere, so no gradient comes back."
    there = " + ".join(precise(_at(flow, level + 1, *map(int, moved))) for moved in places)
    if len(places) > 1:
        return (
            f"It was moved to {len(places)} places: {there} = {precise(_at(flow, level, *place))}"
        )
    where = place_words(reader.output_shape, int(np.ravel_multi_index(places[0], moved_from.shape)))
    return f"{there}, moved back from {where} behind {reader.kind} {reader.name}".strip()


def _weight_sum(
    report: NetworkReport, flow: GradientFlow, level: int, weight: tuple[int, ...]
) -> GradientSum:
    layer = None if level == PHOTO else report.layers[level]
    if layer is None or layer.kernel is None:
        name = "The photo" if layer is None else f"{layer.kind} {layer.name}".strip()
        return GradientSum("", None, f"{name} has no kernel; choose a layer that has one.")
    out, into, row, column = weight
    found = weight_gradient_sum(
        layer.kernel, flow.layers[level].part, report.given_to(level), (out, into, row, column)
    )
    value = 0.0 if found is None else found.partial(len(found))
    title = f"At {layer.name or 'the layer'}, through all outputs that count: {precise(value)}"
    return GradientSum(
        title, found, "Where this weight is used, no output counts: its gradient is 0."
    )


def _at(flow: GradientFlow, level: int, channel: int, row: int, column: int) -> float:
    part = flow.input if level == PHOTO else flow.layers[level].part
    return part.at(channel, row, column)
