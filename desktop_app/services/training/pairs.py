"""Finding the two shots of each scene."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from desktop_app.services.pictures import find_pictures
from desktop_app.services.training.files import (
    SkippedPicture,
    TrainingDataError,
    reason_to_skip,
    size_of,
)
from desktop_app.services.training.images import (
    DEFAULT_CACHE_BYTES,
    FolderPhotos,
    photos_of,
)


def find_pairs(
    folders: Sequence[Path], markers: tuple[str, str] | None, smallest_side: int
) -> tuple[FolderPhotos, FolderPhotos, list[SkippedPicture]]:
    """Match pictures by their names.

    Args:
        folders: two folders in which the shots of a scene have one name (endings may differ), or
            one in which their names differ by ``markers`` only.
        markers: parts of the names of first and second shots, such as ``("_real", "_mean")``.
        smallest_side: smaller pictures are skipped.

    Returns:
        First shots, second shots in the same order, and what was skipped: pictures without a
        partner, damaged, too small, or of another size than their partner.

    Raises:
        TrainingDataError: no pair was found.
        PictureError: a folder does not exist or cannot be read.
    """
    if markers is None:
        first, second = (_by_name(folder) for folder in folders)
    else:
        first, second = _by_marker(folders[0], markers)
    skipped = [
        SkippedPicture(path.name, f"{path.name} has no partner of the name {name}.")
        for own, other in ((first, second), (second, first))
        for name, path in own.items()
        if name not in other
    ]
    names = []
    for name in sorted(first.keys() & second.keys()):
        reason = _reason_to_skip_pair(first[name], second[name], smallest_side)
        if reason is None:
            names.append(name)
        else:
            skipped.append(SkippedPicture(name, reason))
    if not names:
        where = " and ".join(str(folder) for folder in folders)
        why = f"; the first problem: {skipped[0].reason}" if skipped else "."
        raise TrainingDataError(f"There are no pairs of pictures in {where}{why}")
    inputs, targets = (
        photos_of([shots[name] for name in names], names, DEFAULT_CACHE_BYTES // 2)
        for shots in (first, second)
    )
    return inputs, targets, skipped


def _by_name(folder: Path) -> dict[str, Path]:
    paths = find_pictures(folder, recursive=True)
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in paths}


def _by_marker(folder: Path, markers: tuple[str, str]) -> tuple[dict[str, Path], dict[str, Path]]:
    shots: tuple[dict[str, Path], dict[str, Path]] = ({}, {})
    for name, path in _by_name(folder).items():
        for marker, group in zip(markers, shots, strict=True):
            if marker in path.stem:
                group[name.replace(marker, "")] = path
                break
    return shots


def _reason_to_skip_pair(first: Path, second: Path, smallest_side: int) -> str | None:
    reason = reason_to_skip(first, smallest_side) or reason_to_skip(second, smallest_side)
    if reason is None and size_of(first) != size_of(second):
        (width, height), (other_width, other_height) = size_of(first), size_of(second)
        reason = (
            f"{first.name} has {width}x{height} pixels and {second.name} "
            f"{other_width}x{other_height}, but two shots of a scene must have one size."
        )
    return reason
