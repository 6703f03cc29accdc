"""Where photos come from, as far as training is concerned: numbered tensors with names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ScratchError, ShapeError


class UnreadablePhotoError(ScratchError):
    """A photo of a source turned out to be damaged or too small when it was loaded."""


class PhotoSource(Protocol):
    """A numbered collection of photos.

    ``load`` may be called from a background thread, one call at a time.
    """

    @property
    def window(self) -> int | None:
        """How many photos can be held in memory at a time; None where all can."""

    def __len__(self) -> int:
        """Return the number of photos."""

    def load(self, index: int) -> Tensor:
        """Return photo ``index`` as (3, H, W): uint8 in 0-255, or float in [0, 1].

        Raises:
            UnreadablePhotoError: the photo cannot be used; training goes on without it.
        """

    def name(self, index: int) -> str:
        """Return what people call photo ``index``, for example its file name."""

    def weight(self, index: int) -> float:
        """Return how often photo ``index`` is visited, relative to others: its number of pixels.

        Less where its pixels teach less.
        """


class TensorPhotos:
    """Photos that are already in memory.

    Args:
        photos: (3, H, W) tensors of any sizes, or one (N, 3, H, W) tensor.
        names: a name for each; numbers are used where none are given.

    Raises:
        ShapeError: a photo does not have three channels.
        ArgumentError: the number of names differs from the number of photos.
    """

    def __init__(
        self, photos: Sequence[Tensor] | Tensor, names: Sequence[str] | None = None
    ) -> None:
        for photo in photos if not isinstance(photos, Tensor) else photos[:1]:
            if photo.dim() != 3 or photo.shape[0] != 3:
                raise ShapeError(f"A photo must have shape (3, H, W), not {tuple(photo.shape)}.")
        if names is not None and len(names) != len(photos):
            raise ArgumentError(f"{len(photos)} photos cannot have {len(names)} names.")
        self._photos = photos
        self._names = names

    @property
    def window(self) -> int | None:
        """``None``: all are held."""
        return None

    def __len__(self) -> int:
        return len(self._photos)

    def load(self, index: int) -> Tensor:
        """Return photo ``index`` (3, H, W) as it was given, not a copy."""
        return self._photos[index]

    def name(self, index: int) -> str:
        """Return its name, or its number in words."""
        return self._names[index] if self._names is not None else f"photo {index}"

    def weight(self, index: int) -> float:
        """Return its number of pixels."""
        return float(self._photos[index][0].numel())


def weights_of(photos: PhotoSource) -> list[float]:
    """Return how often each photo is visited, relative to others, in the order of their numbers."""
    return [photos.weight(index) for index in range(len(photos))]


class PhotoSubset:
    """Some of the photos of another source, numbered from 0 in the order of ``indices``.

    Args:
        source: has all of them.
        indices: which, from 0 to ``len(source) - 1``.
    """

    def __init__(self, source: PhotoSource, indices: Sequence[int]) -> None:
        self._source = source
        self._indices = list(indices)

    @property
    def window(self) -> int | None:
        """How many photos of the source can be held in memory at a time; None where all can."""
        return self._source.window

    def __len__(self) -> int:
        return len(self._indices)

    def load(self, index: int) -> Tensor:
        """Return photo ``index`` as (3, H, W): uint8 in 0-255, or float in [0, 1].

        Raises:
            UnreadablePhotoError: the photo cannot be used.
        """
        return self._source.load(self._indices[index])

    def name(self, index: int) -> str:
        """Return what people call photo ``index``."""
        return self._source.name(self._indices[index])

    def weight(self, index: int) -> float:
        """Return how often photo ``index`` is visited, relative to others."""
        return self._source.weight(self._indices[index])


def as_float(photo: Tensor) -> Tensor:
    """Return ``photo``, of any shape, as float32 in [0, 1].

    uint8 is divided by 255, floats keep their values.
    """
    if photo.dtype == torch.uint8:
        return photo.to(torch.float32).div_(255)
    return photo.to(torch.float32)
