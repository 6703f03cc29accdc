"""Folders of pictures as training data: decoded when needed, kept while memory allows."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import Picture, find_pictures, open_picture
from desktop_app.services.pictures.picture import eight_bits
from desktop_app.services.training.files import (
    SkippedPicture,
    TrainingDataError,
    reason_to_skip,
    size_of,
    weight_of,
)
from scratch_layers.data.sources import UnreadablePhotoError

DEFAULT_CACHE_BYTES = 2 * 1024**3


class FolderPhotos:
    """The pictures of some folders as a :class:`scratch_layers.data.sources.PhotoSource`.

    Pictures are decoded when first asked for and kept as 8 bits a sample until ``cache_bytes`` are
    full; then the one not used for the longest time goes, and training visits only as many
    in turn as there is memory for. Gray pictures get three equal channels,
    transparency is left out.

    Args:
        paths: the picture files, in the order that numbers them.
        names: what to call each in messages.
        cache_bytes: memory for decoded pictures; at least one is kept whatever its size.
        window: how many pictures that is enough for; None where it is enough for all.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        names: Sequence[str],
        cache_bytes: int = DEFAULT_CACHE_BYTES,
        window: int | None = None,
    ) -> None:
        self._paths = list(paths)
        self._names = list(names)
        self._cache_bytes = cache_bytes
        self._cache: OrderedDict[int, Tensor] = OrderedDict()
        self._cached_bytes = 0
        self._window = window
        self._lock = threading.Lock()

    @property
    def window(self) -> int | None:
        """How many pictures can be held in memory at a time; ``None`` where all can."""
        return self._window

    def __len__(self) -> int:
        return len(self._paths)

    def name(self, index: int) -> str:
        """Return what people call a picture."""
        return self._names[index]

    def path(self, index: int) -> Path:
        """Return the file of a picture."""
        return self._paths[index]

    def weight(self, index: int) -> float:
        """Return how much a picture has to teach, see :func:`weight_of`."""
        return weight_of(self._paths[index])

    def load(self, index: int) -> Tensor:
        """Return a picture as (3, H, W) ``uint8``; from memory where it was loaded lately.

        Raises:
            UnreadablePhotoError: it is damaged.
        """
        with self._lock:
            photo = self._cache.get(index)
            if photo is None:
                photo = self._decode(index)
                self._remember(index, photo)
            else:
                self._cache.move_to_end(index)
            return photo

    def _decode(self, index: int) -> Tensor:
        try:
            return picture_to_photo(open_picture(self._paths[index]))
        except PictureError as problem:
            raise UnreadablePhotoError(str(problem)) from problem

    def _remember(self, index: int, photo: Tensor) -> None:
        self._cache[index] = photo
        self._cached_bytes += photo.numel()
        while self._cached_bytes > self._cache_bytes and len(self._cache) > 1:
            _, oldest = self._cache.popitem(last=False)
            self._cached_bytes -= oldest.numel()


def picture_to_photo(picture: Picture) -> Tensor:
    """Return a picture as a (3, H, W) uint8 tensor; 16-bit samples are rounded to 8 bits."""
    samples = picture.samples
    if samples.dtype == np.uint16:
        samples = eight_bits(samples)
    photo = torch.from_numpy(np.array(samples)).permute(2, 0, 1)
    return photo.expand(3, -1, -1).contiguous()


def find_photos(
    folders: Sequence[Path], smallest_side: int, cache_bytes: int = DEFAULT_CACHE_BYTES
) -> tuple[FolderPhotos, list[SkippedPicture]]:
    """Find the usable pictures in folders and the folders inside them.

    Args:
        folders: where to look; pictures are numbered folder by folder, by name.
        smallest_side: pictures with fewer rows or columns are skipped.
        cache_bytes: memory for decoded pictures.

    Returns:
        The photos, and those skipped because they are damaged or too small. Damage that shows only
        when the samples are decoded is found later, by ``load``.

    Raises:
        TrainingDataError: no picture can be used.
        PictureError: a folder does not exist or cannot be read.
    """
    paths: list[Path] = []
    names: list[str] = []
    skipped: list[SkippedPicture] = []
    for folder in folders:
        for path in find_pictures(folder, recursive=True):
            name = path.relative_to(folder).as_posix()
            reason = reason_to_skip(path, smallest_side)
            if reason is None:
                paths.append(path)
                names.append(name)
            else:
                skipped.append(SkippedPicture(name, reason))
    if not paths:
        raise TrainingDataError(_nothing_found(folders, skipped))
    return photos_of(paths, names, cache_bytes), skipped


def photos_of(paths: Sequence[Path], names: Sequence[str], cache_bytes: int) -> FolderPhotos:
    """Return pictures as photos, with a window of as many as ``cache_bytes`` are enough for.

    Raises:
        TrainingDataError: the header of a picture cannot be read.
    """
    sizes = [3 * width * height for width, height in map(size_of, paths)]
    # The photo that just left the window is still remembered, so there must be room beside it.
    window = None if sum(sizes) <= cache_bytes else max(1, cache_bytes * 3 // 4 // max(sizes))
    return FolderPhotos(paths, names, cache_bytes, window)


def _nothing_found(folders: Sequence[Path], skipped: Sequence[SkippedPicture]) -> str:
    where = ", ".join(str(folder) for folder in folders)
    if not skipped:
        return f"There are no pictures in {where}; choose a folder with photos."
    return (
        f"None of the {len(skipped)} pictures in {where} can be used for training; "
        f"the first: {skipped[0].reason}"
    )
