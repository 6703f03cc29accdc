"""The row groups, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.benchmarks import (
    busy,
    ceilings,
    conv2d,
    inference,
    many_cores,
    photos,
    regions,
    start,
    tiles,
    training_step,
    upsampling,
    window,
)
from tests.benchmarks.row import Row
from tests.benchmarks.settings import Settings


@dataclass(frozen=True)
class Group:
    """A heading of the table and what measures its rows."""

    title: str
    rows: Callable[[Settings], Iterator[Row]]


GROUPS = {
    "ceilings": Group("Limits of the machine", ceilings.rows),
    "conv2d": Group("Conv2d", conv2d.rows),
    "upsampling": Group("Upsampling 2x, 3x3", upsampling.rows),
    "busy": Group("Beside other programs", busy.rows),
    "regions": Group("Parallel regions of a call", regions.rows),
    "inference": Group("Inference", inference.rows),
    "tiles": Group("Sizes of tiles", tiles.rows),
    "training": Group("Training", training_step.rows),
    "cores": Group("More cores", many_cores.rows),
    "photos": Group("Whole photos", photos.rows),
    "start": Group("Start of the application", start.rows),
    "window": Group("The window at work", window.rows),
}

LONG = ("tiles", "photos", "window")
"""Groups that take minutes each, measured only when asked for."""
