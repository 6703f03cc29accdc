"""Which photos a run learns from and which it is measured on, from its first to its last sitting.

The photos to measure on are written down when a run starts. Whatever happens to the folder before
it is resumed, they stay the same; and no copy of one of them, under whatever name, is learned from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from desktop_app.services.training.files import SkippedPicture
from desktop_app.services.training.images import FolderPhotos
from scratch_layers.errors import WeightsError
from scratch_layers.weights import sha256_of

_PARTS = 10
_MOST_PHOTOS = 24  # that validation has time for


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


Record = tuple[tuple[str, str], ...]
"""Name and SHA-256 of each photo to measure on."""


@dataclass(frozen=True)
class Split:
    """How the photos are divided.

    Attributes:
        learned: numbers of the photos to learn from.
        kept: numbers of the photos to measure on.
        record: what to write down, so that the same photos are kept next time.
        skipped: photos that are neither learned from nor measured on, with the reason.
    """

    learned: list[int]
    kept: list[int]
    record: Record = ()
    skipped: list[SkippedPicture] = field(default_factory=list)


def split_photos(photos: FolderPhotos, record: Record = ()) -> Split:
    """Divide photos for a run.

    Args:
        photos: all that can be used.
        record: what an earlier sitting has written down; empty for a new run.
    """
    names = [photos.name(number) for number in range(len(photos))]
    learned, held_back = split_by_name([Path(name).name for name in names])
    if set(learned) & set(held_back):  # too few to spare any
        return Split(learned, _spread(held_back), record)
    digests = {number: _digest(photos.path(number)) for number in held_back}
    if record:
        kept, missing = _recorded(names, photos, record)
    else:
        kept, missing = _spread(_without_doubles(held_back, digests)), []
    learned, doubles = _without_copies(photos, names, learned, kept, record)
    written = record or tuple((names[number], digests[number]) for number in kept)
    return Split(learned, kept, written, [*doubles, *missing])


def _recorded(
    names: Sequence[str], photos: FolderPhotos, record: Record
) -> tuple[list[int], list[SkippedPicture]]:
    """Find the photos that were written down, by name or, where it was renamed, by content."""
    by_name = {name: number for number, name in enumerate(names)}
    kept, missing = [], []
    for name, digest in record:
        number = by_name.get(name)
        if number is None:
            number = next((n for n in range(len(names)) if _digest(photos.path(n)) == digest), None)
        if number is None:
            missing.append(
                SkippedPicture(
                    name,
                    f"{name}, which this run is measured on, is missing; its figures cannot be "
                    "compared with earlier ones.",
                )
            )
        else:
            kept.append(number)
    return kept, missing


def _without_copies(
    photos: FolderPhotos,
    names: Sequence[str],
    learned: Sequence[int],
    kept: Sequence[int],
    record: Record,
) -> tuple[list[int], list[SkippedPicture]]:
    """Leave out of training what is, or was, measured on."""
    measured = {_digest(photos.path(number)): names[number] for number in kept}
    measured.update({digest: name for name, digest in record})
    sizes = {photos.path(number).stat().st_size for number in kept}
    rest, copies = [], []
    for number in learned:
        path = photos.path(number)
        copied = None
        if number in kept:
            continue
        if record or path.stat().st_size in sizes:
            copied = measured.get(_digest(path))
        if copied is None:
            rest.append(number)
        else:
            reason = f"{names[number]} is the same picture as {copied}, which is measured on."
            copies.append(SkippedPicture(names[number], reason))
    return (rest, copies) if rest else ([*learned], [])


def _without_doubles(numbers: Sequence[int], digests: dict[int, str]) -> list[int]:
    first = {digests[number]: number for number in reversed(numbers)}
    return sorted(first.values())


def _spread(numbers: Sequence[int]) -> list[int]:
    step = max(1, len(numbers) / _MOST_PHOTOS)
    return [numbers[int(place * step)] for place in range(int(len(numbers) / step))]


def _digest(path: Path) -> str:
    try:
        return sha256_of(path)
    except WeightsError:  # it cannot be read
        return ""
