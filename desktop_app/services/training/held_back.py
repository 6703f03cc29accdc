"""Which pictures training leaves aside, so that a model can be measured on what it never saw."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_PARTS = 10


def is_held_back(name: str) -> bool:
    """Return whether the picture of this file name belongs to the tenth that is not learned from.

    The name alone decides, by its SHA-256: of every folder about a tenth is held back, the same one
    in every run and on every machine, however many pictures join it later.
    """
    return _hash(name) % _PARTS == 0


def split_by_name(names: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the numbers of the pictures to learn from and of those to validate on.

    Of five pictures or more at least one is held back. Of fewer, or where nothing would be left to
    learn from, none can be spared: all are used for both.
    """
    numbers = range(len(names))
    if len(names) < 5:
        return [*numbers], [*numbers]
    kept = [number for number in numbers if is_held_back(names[number])]
    kept = kept or [min(numbers, key=lambda number: (_hash(names[number]), number))]
    learned = sorted({*numbers} - {*kept})
    return (learned, kept) if learned else ([*numbers], kept)


def _hash(name: str) -> int:
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big")
