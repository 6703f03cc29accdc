"""Finding the two shots of each scene, and telling whether they fit.

A shift or another brightness between them would be learned like noise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
from scratch_layers.data.sources import UnreadablePhotoError

_MOST_PAIRS = 12
_SIDE = 512
_WHITENING = 0.5
_FARTHEST_SHIFT = 16
_BRIGHTNESS_TOLERANCE = 0.03
_SHARE_TO_TELL = 0.25


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


_HIGHEST, _LOWEST = 0.12, 0.01  # cycles a pixel
_CLEAREST_RIVAL, _LEAST_HEIGHT = 0.8, 7.0
"""A maximum is believed where nothing away from it comes nearer to it than the one, and it stands
out of chance, in standard deviations, by the other."""


def compare_shots(first: FolderPhotos, second: FolderPhotos) -> Iterator[str]:
    """Measure some pairs and yield a sentence for each way in which they do not fit."""
    count = min(len(first), _MOST_PAIRS)
    shifts: Counter[tuple[int, int]] = Counter()
    ratios = []
    for place in range(count):
        number = place * len(first) // count
        try:
            one, other = (source.load(number).numpy() for source in (first, second))
        except UnreadablePhotoError:
            continue
        shift = shift_between(one, other)
        if shift is not None and shift != (0, 0):
            shifts[shift] += 1
        ratios.append(brightness_ratio(one, other))
    measured = len(ratios)
    for (down, right), times in shifts.most_common(1):
        if sum(shifts.values()) < measured * _SHARE_TO_TELL:
            break
        yield (
            f"In {_share(sum(shifts.values()), measured)} the shots do not lie on each other; in "
            f"{times} the second is shifted by {_words(down, right)}. A network learns from such "
            "pairs to blur: align them first."
        )
    off = [ratio for ratio in ratios if abs(ratio - 1) > _BRIGHTNESS_TOLERANCE]
    if off and len(off) >= measured * _SHARE_TO_TELL:
        middle = float(np.median(off))
        word = "brighter" if middle > 1 else "darker"
        yield (
            f"In {_share(len(off), measured)} the second shot is {word}, by {abs(middle - 1):.0%} "
            "in the middle. A network learns from such pairs to change the brightness: match them "
            "first."
        )


def shift_between(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> tuple[int, int] | None:
    """Return by how many pixels the second picture lies lower and farther right than the first.

    It is where the cross-correlation of their fine structure has its maximum, computed with the
    Fourier transform; None where there is too little structure to tell.

    Args:
        first, second: (3, H, W).

    Source: Kuglin and Hines, "The phase correlation image alignment method" (1975).
    """
    one, other = (np.fft.rfft2(_middle(picture)) for picture in (first, second))
    spectrum = np.conj(one) * other
    spectrum /= (np.abs(spectrum) + 1e-9) ** _WHITENING
    rows, columns = _middle(first).shape
    spectrum *= _low_frequencies(rows, columns)
    correlation = np.fft.irfft2(spectrum, s=(rows, columns))
    reach = min(_FARTHEST_SHIFT, rows // 4, columns // 4)
    near = np.roll(correlation, (reach, reach), axis=(0, 1))[: 2 * reach + 1, : 2 * reach + 1]
    row, column = np.unravel_index(int(near.argmax()), near.shape)
    around = near.copy()
    around[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3] = -np.inf
    highest = near[row, column]
    if highest < _LEAST_HEIGHT * correlation.std() or around.max() > _CLEAREST_RIVAL * highest:
        return None
    return int(row) - reach, int(column) - reach


def brightness_ratio(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Return how many times brighter the second picture is; 1 where hardly a sample tells.

    It is ``mean(second) / mean(first)`` over the samples that lie between 12 and 243 in both.

    Args:
        first, second: (3, H, W).
    """
    one, other = (picture.astype(np.float64) for picture in (first, second))
    usable = (one > 12) & (one < 243) & (other > 12) & (other < 243)
    if usable.sum() < 100:
        return 1.0
    return float(other[usable].mean() / one[usable].mean())


def _middle(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the middle of a picture in gray, fading out to its edges."""
    _, height, width = picture.shape
    rows, columns = min(height, _SIDE), min(width, _SIDE)
    top, left = (height - rows) // 2, (width - columns) // 2
    gray = picture[:, top : top + rows, left : left + columns].mean(axis=0)
    window = np.hanning(rows)[:, None] * np.hanning(columns)[None, :]
    return np.asarray((gray - gray.mean()) * window)


def _low_frequencies(rows: int, columns: int) -> NDArray[np.float64]:
    """Weigh frequencies: the highest hold noise, the lowest no place."""
    down, across = np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns)[None, :]
    squared = down**2 + across**2
    return np.asarray(np.exp(-squared / (2 * _HIGHEST**2)) * (squared > _LOWEST**2))


def _share(count: int, of: int) -> str:
    return f"{count} of {of} pairs that were measured" if of > 1 else "the pair"


def _words(down: int, right: int) -> str:
    parts = []
    for distance, forwards, backwards in ((down, "down", "up"), (right, "right", "left")):
        if distance:
            pixels = "1 pixel" if abs(distance) == 1 else f"{abs(distance)} pixels"
            parts.append(f"{pixels} {forwards if distance > 0 else backwards}")
    return " and ".join(parts)
