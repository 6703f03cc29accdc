"""Which photos a run learns from and which it is measured on, from its first to its last sitting.

The photos to measure on are written down when a run starts. Whatever happens to the folder before
it is resumed, they stay the same; and no copy of one of them, under whatever name, is learned from,
nor one that was compressed anew, reduced or brightened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop_app.services.training.files import SkippedPicture, size_of
from desktop_app.services.training.folder_look import thumbnail
from desktop_app.services.training.images import FolderPhotos
from scratch_layers.errors import WeightsError
from scratch_layers.weights import sha256_of

_PARTS = 10
_MOST_PHOTOS = 24  # that validation has time for
_FIELDS = 16
# Among 951 photos of many origins, no two have more than 0.95. The same photo has 0.99 or more at
# any JPEG quality, and 0.98 or more at half its size.
_ALIKE = 0.975
_LEAST_CONTRAST = 2.0
# About a minute's work. JPEG files are decoded at an eighth of their size.
_MOST_PIXELS = 2e9
_JPEG, _JPEG_REDUCTION = (".jpg", ".jpeg"), 8

Look: TypeAlias = NDArray[np.float32]


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
        notices: sentences about what is learned from although it looks measured on, or might.
    """

    learned: list[int]
    kept: list[int]
    record: Record = ()
    skipped: list[SkippedPicture] = field(default_factory=list)
    notices: tuple[str, ...] = ()


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
    learned, alike, notices = _without_look_alikes(photos, names, learned, kept)
    written = record or tuple((names[number], digests[number]) for number in kept)
    return Split(learned, kept, written, [*doubles, *alike, *missing], notices)


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


def _without_look_alikes(
    photos: FolderPhotos, names: Sequence[str], learned: Sequence[int], kept: Sequence[int]
) -> tuple[list[int], list[SkippedPicture], tuple[str, ...]]:
    """Leave out of training what looks like a photo that is measured on, unless most of it does."""
    looks = {names[number]: _look(photos.path(number)) for number in kept}
    known = {name: look for name, look in looks.items() if look is not None}
    measured, seen = np.array([*known.values()]), [*known]
    alike: dict[int, SkippedPicture] = {}
    notices: tuple[str, ...] = ()
    pixels = 0.0
    for count, number in enumerate(learned if known else ()):
        pixels += _pixels_to_decode(photos.path(number))
        if pixels > _MOST_PIXELS:
            notices = (f"Only the first {count} photos were compared with those measured on.",)
            break
        look = _look(photos.path(number))
        likeness = measured @ look if look is not None else np.zeros(1)
        if likeness.max() > _ALIKE:
            name, other = names[number], seen[int(likeness.argmax())]
            reason = f"{name} looks the same as {other}, which is measured on."
            alike[number] = SkippedPicture(name, reason)
    if 2 * len(alike) <= len(learned):
        return [number for number in learned if number not in alike], [*alike.values()], notices
    first = next(iter(alike.values())).reason
    sentence = (
        f"{len(alike)} of {len(learned)} photos look like ones that are measured on, so that its "
        f"figures flatter the model: {first}"
    )
    return [*learned], [], (*notices, sentence)


def _look(path: Path) -> Look | None:
    """Return the brightness of a photo in 16 x 16 fields, with mean 0 and length 1.

    The product of two such looks is their correlation. None for a photo without contrast, or one
    that cannot be read.
    """
    picture = thumbnail(path, 4 * _FIELDS)
    if picture is None:
        return None
    fields = Image.fromarray(picture).convert("L").resize((_FIELDS,) * 2, Image.Resampling.BOX)
    values = np.asarray(fields, np.float32).ravel()
    values = values - values.mean()
    length = float(np.linalg.norm(values))
    return values / length if length > _LEAST_CONTRAST * _FIELDS else None


def _pixels_to_decode(path: Path) -> float:
    width, height = size_of(path)
    return width * height / (_JPEG_REDUCTION if path.suffix.lower() in _JPEG else 1)


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
