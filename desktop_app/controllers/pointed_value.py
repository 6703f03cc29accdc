"""The value of a feature map that is pointed at: what it sees of the photo, where it is from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from desktop_app.controllers.number_words import precise
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.playback import Playback
from desktop_app.services.models.sums_of_products import SumOfProducts, output_sum

if TYPE_CHECKING:
    from desktop_app.services.models.network_report import Box, LayerReport, NetworkReport

MOST_PATCHES = 12
NARROWEST_PATCH, WIDEST_PATCH = 8, 48
"""In pixels: one alone tells nothing, and the middle of a large receptive field is enough."""


@dataclass(frozen=True)
class PointedValue:
    """One value of the chosen layer.

    Attributes:
        channel, row, column: its place in the layer's output.
        number: the value.
        box: the part of the photo on which it depends.
        sum: the products that it is the sum of, for layers that slide a kernel.
        words: how other layers make it.
    """

    channel: int
    row: int
    column: int
    number: float
    box: Box
    sum: SumOfProducts | None
    words: str


class PointingController:
    """Follows the pointer over the maps of a layer.

    Attributes:
        value: what is pointed at, or ``None`` before there is a report.
        pinned: whether the value stays while the pointer moves on.
        playback: through the terms of its sum.
    """

    def __init__(self) -> None:
        self._report: NetworkReport | None = None
        self._layer = 0
        self.value: Observable[PointedValue | None] = Observable(None)
        self.pinned = Observable(False)
        self.playback = Playback()

    def follow(self, report: NetworkReport | None, layer: int) -> None:
        """Take up another layer, at the same place of the picture, or its middle."""
        former, old = self.value.value, self._shape()
        self._report, self._layer = report, layer
        shape = self._shape()
        if shape is None:
            self.value.value = None
            return
        channels, height, width = shape
        row, column, channel = height // 2, width // 2, 0
        if former is not None and old is not None:
            row, column = former.row * height // old[1], former.column * width // old[2]
            channel = min(former.channel, channels - 1)
        self._show(channel, row, column)

    def point(self, channel: int, row: int, column: int) -> None:
        """Take note of the value under the pointer, unless another one is pinned."""
        present = self.value.value
        if self.pinned.value or present is None:
            return
        if (present.channel, present.row, present.column) != (channel, row, column):
            self._show(channel, row, column)

    def pin(self, channel: int, row: int, column: int) -> None:
        """Keep a value, so that the pointer can leave it; the same one again lets it go."""
        present = self.value.value
        if present is None:
            return
        same = (present.channel, present.row, present.column) == (channel, row, column)
        self.pinned.value = not (self.pinned.value and same)
        self._show(channel, row, column)

    def move(self, down: int, right: int) -> None:
        """Go to a neighbour of the value, and keep it."""
        present, shape = self.value.value, self._shape()
        if present is not None and shape is not None:
            self.pinned.value = True
            row = min(max(present.row + down, 0), shape[1] - 1)
            column = min(max(present.column + right, 0), shape[2] - 1)
            self._show(present.channel, row, column)

    def choose_channel(self, channel: int) -> None:
        """Go to the same place of another channel, and keep it."""
        present = self.value.value
        if present is not None:
            self.pinned.value = True
            self._show(channel, present.row, present.column)

    def _shape(self) -> tuple[int, int, int] | None:
        report = self._report
        return None if report is None else report.layers[self._layer].output_shape

    def _show(self, channel: int, row: int, column: int) -> None:
        report = self._report
        assert report is not None
        layer = report.layers[self._layer]
        found = None
        if layer.kernel is not None:
            given = report.given_to(self._layer)
            found = output_sum(layer.kernel, given, channel, (row, column))
        self.value.value = PointedValue(
            channel,
            row,
            column,
            float(layer.values[channel, row, column]),
            layer.receptive_field(row, column),
            found,
            _words(report, self._layer, channel, row, column),
        )
        self.playback.load(0 if found is None else len(found))


def _words(report: NetworkReport, index: int, channel: int, row: int, column: int) -> str:
    """Say how a layer without a kernel makes a value."""
    layer, given = report.layers[index], report.given_to(index)
    value = float(layer.values[channel, row, column])
    if layer.skip_from is not None:
        skipped = float(report.given_to(layer.skip_from)[channel, row, column])
        learned = float(given[channel, row, column])
        return f"{precise(skipped)} (skipped) + {precise(learned)} (learned) = {precise(value)}"
    if given.shape == layer.values.shape:
        return f"{layer.kind}({precise(float(given[channel, row, column]))}) = {precise(value)}"
    if layer.moved_from is not None:
        number = int(layer.moved_from[channel, row, column])
        place = place_words(layer.input_shape, number)
        return f"{precise(value)}, moved here from {place} of the input"
    return f"{layer.kind} makes {precise(value)} of a part of its input"


def place_words(shape: tuple[int, int, int], number: int) -> str:
    """Say where a value stands by its number, counted row by row."""
    channel, row, column = (int(index) + 1 for index in np.unravel_index(number, shape))
    return f"map {channel}, row {row}, column {column}"


def strongest_patches(
    report: NetworkReport, layer: LayerReport, channel: int
) -> list[tuple[float, Box]]:
    """Return the parts of the photo to which a channel reacts most, strongest first.

    Where receptive fields overlap by more than half, only the stronger one counts.

    Returns:
        For each its value and its box, no larger than :data:`WIDEST_PATCH`.
    """
    values = layer.values[channel]
    height, width = report.photo.shape[:2]
    found: list[tuple[float, Box]] = []
    top, left, bottom, right = layer.receptive_field(len(values) // 2, values.shape[1] // 2)
    side = min(max(bottom - top, right - left, NARROWEST_PATCH), WIDEST_PATCH, height, width)
    for place in np.argsort(values, axis=None)[::-1]:
        row, column = divmod(int(place), values.shape[1])
        top, left, bottom, right = layer.receptive_field(row, column)
        top = min(max((top + bottom - side) // 2, 0), height - side)
        left = min(max((left + right - side) // 2, 0), width - side)
        if all(max(abs(top - t), abs(left - n)) >= side // 2 for _, (t, n, _, _) in found):
            found.append((float(values[row, column]), (top, left, top + side, left + side)))
            if len(found) == MOST_PATCHES:
                break
    return found
