"""What a folder of photos for training holds, before anything is learned from it; without torch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image, UnidentifiedImageError

from desktop_app.services import pictures
from desktop_app.services.errors import AppError
from desktop_app.services.pictures.pyramid import Pixels, to_display
from desktop_app.services.training.files import reason_to_skip

THUMBNAILS = 5
SIDE = 128
TELL_EVERY = 500

T = TypeVar("T")


@dataclass(frozen=True)
class FolderLook:
    """What is known about a folder so far.

    Attributes:
        folder: where was looked.
        names: of the photos that can be used, relative to the folder, without their endings.
        skipped: how many pictures cannot be used.
        reason: why the first of them cannot be used; empty where all can.
        problem: why the folder as a whole cannot be used; empty where it can.
        thumbnails: (H, W, 3) uint8, at most :data:`SIDE` pixels a side, of some photos.
        complete: whether nothing more will be found out.
    """

    folder: Path
    names: tuple[str, ...] = ()
    skipped: int = 0
    reason: str = ""
    problem: str = ""
    thumbnails: tuple[Pixels, ...] = ()
    complete: bool = False

    @property
    def words(self) -> str:
        """What there is to say about the folder, in one or two sentences."""
        if self.problem:
            return self.problem
        count = len(self.names)
        photos = "1 photo" if count == 1 else f"{count:,} photos"
        if not self.complete and not self.thumbnails:
            return f"{photos} so far …"
        if not self.skipped:
            return f"{photos}."
        others = "1 other is" if self.skipped == 1 else f"{self.skipped:,} others are"
        return f"{photos}; {others} not used: {self.reason}"


def look_into(
    folder: Path, smallest_side: int, should_stop: Callable[[], bool]
) -> Generator[FolderLook, None, None]:
    """Look into a folder and the folders inside it, and tell now and then what was found.

    Args:
        folder: the folder.
        smallest_side: photos with fewer rows or columns cannot be used.
        should_stop: asked between files.
    """
    look = FolderLook(folder)
    try:
        paths = pictures.find_pictures(folder, recursive=True)
    except AppError as error:
        yield replace(look, problem=str(error), complete=True)
        return
    usable: list[Path] = []
    reasons: list[str] = []
    for number, path in enumerate(paths, start=1):
        if should_stop():
            return
        reason = reason_to_skip(path, smallest_side)
        if reason is None:
            usable.append(path)
        else:
            reasons.append(reason)
        if number % TELL_EVERY == 0:
            yield replace(look, names=_names(folder, usable))
    look = replace(
        look, names=_names(folder, usable), skipped=len(reasons), reason="".join(reasons[:1])
    )
    if not usable:
        nothing = reasons[0] if reasons else f"There are no pictures in {folder}."
        yield replace(look, problem=nothing, complete=True)
        return
    for path in spread(usable, THUMBNAILS):
        if should_stop():
            return
        picture = thumbnail(path, SIDE)
        if picture is not None:
            look = replace(look, thumbnails=(*look.thumbnails, picture))
            yield look
    yield replace(look, complete=True)


def pair_words(first: FolderLook, second: FolderLook) -> str:
    """Say how many photos of two folders belong together by their names."""
    both = len({*first.names} & {*second.names})
    alone = len({*first.names} ^ {*second.names})
    pairs = "1 pair" if both == 1 else f"{both:,} pairs"
    if not alone:
        return f"{pairs}."
    others = "1 photo has" if alone == 1 else f"{alone:,} photos have"
    return f"{pairs}; {others} no partner of the same name."


def thumbnail(path: Path, side: int) -> Pixels | None:
    """Return a photo (H, W, 3), upright, at most ``side`` pixels a side; ``None`` if damaged."""
    try:
        upright = _reduced_jpeg(path, side) or _whole(path)
    except (AppError, OSError, ValueError, SyntaxError):
        return None
    upright.thumbnail((side, side), Image.Resampling.BOX)
    return np.asarray(upright)


def _reduced_jpeg(path: Path, side: int) -> Image.Image | None:
    """Return a JPEG file's picture, which its decoder halves on its way, in milliseconds."""
    try:
        with Image.open(path) as image:
            if image.format not in ("JPEG", "MPO") or image.mode not in ("L", "RGB"):
                return None
            image.draft("RGB", (2 * side, 2 * side))
            from PIL import ImageOps

            return ImageOps.exif_transpose(image).convert("RGB")
    except UnidentifiedImageError:  # HEIF and RAW, which Pillow does not know
        return None


def _whole(path: Path) -> Image.Image:
    samples = to_display(pictures.open_picture(path).samples)
    return Image.fromarray(samples)


def _names(folder: Path, paths: Sequence[Path]) -> tuple[str, ...]:
    return tuple(path.relative_to(folder).with_suffix("").as_posix() for path in paths)


def spread(items: Sequence[T], count: int) -> list[T]:
    """Return ``count`` of the items, evenly spread over all of them."""
    count = min(count, len(items))
    return [items[number * len(items) // count] for number in range(count)]
