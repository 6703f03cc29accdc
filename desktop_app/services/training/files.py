"""Which picture files can be learned from, as far as their headers tell; without torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from desktop_app.services.errors import AppError, PictureError

# What Pillow raises on files that it cannot read.
_HEADER_ERRORS = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)


class TrainingDataError(AppError):
    """The pictures for a training run cannot be used."""


@dataclass(frozen=True)
class SkippedPicture:
    """A picture that is not used, and one sentence why."""

    name: str
    reason: str


def size_of(path: Path) -> tuple[int, int]:
    """Read width and height, the right way up, from the header of a picture file of any format.

    Raises:
        TrainingDataError: the header cannot be read.
    """
    from desktop_app.services.pictures.files.sizes import size_of_picture

    try:
        return size_of_picture(path)
    except PictureError as problem:
        raise TrainingDataError(f"{path.name} is damaged or not a picture.") from problem


def weight_of(path: Path) -> float:
    """Return how much a picture has to teach: its pixels, half of them for subsampled chroma.

    From JPEG files whose chroma has half the resolution, a network learns that colours are smooth.

    Raises:
        TrainingDataError: the header cannot be read.
    """
    width, height = size_of(path)
    return width * height / 2 if _is_subsampled(path) else float(width * height)


def _is_subsampled(path: Path) -> bool:
    from PIL import JpegImagePlugin

    try:
        with Image.open(path) as image:
            return JpegImagePlugin.get_sampling(image) > 0
    except _HEADER_ERRORS:  # of a format that Pillow does not know
        return False


def smallest_side_of(path: Path) -> int:
    """Return the smaller one of a picture's width and height.

    Raises:
        TrainingDataError: the file does not exist, or its header cannot be read.
    """
    if not path.is_file():
        raise TrainingDataError(f"{path} does not exist; check the spelling of the path.")
    return min(size_of(path))


def reason_to_skip(path: Path, smallest_side: int) -> str | None:
    """Return why a picture cannot be used, as far as its header tells, or None."""
    try:
        width, height = size_of(path)
    except TrainingDataError as problem:
        return str(problem)
    if min(width, height) < smallest_side:
        return (
            f"{path.name} has {width}x{height} pixels, fewer than a patch of "
            f"{smallest_side}x{smallest_side}."
        )
    return None
