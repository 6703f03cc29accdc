"""The stages of the soak, in the order of its table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.soak import (
    closing,
    hour,
    killing,
    large_picture,
    little_memory,
    margins,
    odd_files,
    strangers,
)
from tests.soak.row import Row


@dataclass(frozen=True)
class Stage:
    """A heading of the table, and what plays the stage in a folder, at length or in short."""

    title: str
    rows: Callable[[Path, bool], Iterator[Row]]


STAGES = {
    "hour": Stage("An hour of use, in quick motion", hour.rows),
    "closing": Stage("Closing the window at any moment", closing.rows),
    "kills": Stage("Killing the program at any moment (kill -9)", killing.rows),
    "memory": Stage("Memory", large_picture.rows),
    "limits": Stage("Memory that is too little", little_memory.rows),
    "strangers": Stage("Models of strangers", strangers.rows),
    "files": Stage("Odd files", odd_files.rows),
    "margins": Stage("Margins", margins.rows),
}
