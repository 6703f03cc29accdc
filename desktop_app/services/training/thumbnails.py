"""Sheets of thumbnails, and noisy shots of them: the data of the paper's experiment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import find_pictures, open_picture
from desktop_app.services.training.data import DataConfig
from desktop_app.services.training.files import SkippedPicture, TrainingDataError
from desktop_app.services.training.images import picture_to_photo
from scratch_layers.data.seeding import derived_generator

THUMBNAIL_SIZE = 32
VALIDATION_SHEET = "val.png"

_CHUNK = 1000


@dataclass(frozen=True)
class Thumbnails:
    """Clean thumbnails.

    Attributes:
        learned, held_out: (N, 3, 32, 32) uint8, to learn from and to validate on.
        skipped: sheets that cannot be used.
    """

    learned: Tensor
    held_out: Tensor
    skipped: list[SkippedPicture]


def open_thumbnails(data: DataConfig) -> Thumbnails:
    """Read the sheets that ``data`` names and hold some thumbnails out.

    Raises:
        TrainingDataError: there are no thumbnails to learn from or to validate on.
        PictureError: the folder does not exist or cannot be read.
    """
    folder = Path(data.folders[0])
    clean, skipped = read_thumbnail_sheets(
        folder, THUMBNAIL_SIZE, lambda path: path.name != VALIDATION_SHEET
    )
    if data.held_out_share:
        learned_count = round(len(clean) * (1 - data.held_out_share))
        return Thumbnails(clean[:learned_count], clean[learned_count:], skipped)
    held_out, _ = read_thumbnail_sheets(
        folder, THUMBNAIL_SIZE, lambda path: path.name == VALIDATION_SHEET
    )
    return Thumbnails(clean, held_out, skipped)


def noisy_shot(photos: Tensor, sigma_255: float, generator: torch.Generator) -> Tensor:
    """Return one noisy picture of each, as a file would hold it: rounded and clipped to 8 bits.

    Args:
        photos: (N, 3, H, W) uint8.
        sigma_255: standard deviation of the Gaussian noise, 0-255 scale.
        generator: the source of randomness.
    """
    noisy = torch.empty_like(photos)
    for start in range(0, len(photos), _CHUNK):
        part = photos[start : start + _CHUNK]
        noise = torch.randn(part.shape, generator=generator).mul_(sigma_255)
        noisy[start : start + _CHUNK] = noise.add_(part).round_().clamp_(0, 255).to(torch.uint8)
    return noisy


def validation_shot(held_out: Tensor, sigma_255: float, seed: int) -> Tensor:
    """Return the noisy pictures that validation begins with.

    Args:
        held_out: (N, 3, H, W) ``uint8``.
        sigma_255: standard deviation of the noise, 0-255 scale.
        seed: of the run; the same one gives the same noise.

    Returns:
        As ``held_out``.
    """
    return noisy_shot(held_out, sigma_255, derived_generator(seed, "validation"))


def cut_sheet(sheet: Tensor, size: int) -> Tensor:
    """Cut a sheet of thumbnails, placed edge to edge in rows, into single ones.

    Args:
        sheet: (3, H, W), height and width multiples of ``size``.
        size: height and width of a thumbnail in pixels.

    Returns:
        (N, 3, size, size), row by row.

    Raises:
        TrainingDataError: the sheet's height or width is not a multiple of ``size``.
    """
    _, height, width = sheet.shape
    if height % size or width % size:
        raise TrainingDataError(
            f"A sheet of {width}x{height} pixels is not made of {size}x{size} thumbnails."
        )
    tiles = sheet.reshape(3, height // size, size, width // size, size)
    return tiles.permute(1, 3, 0, 2, 4).reshape(-1, 3, size, size).contiguous()


def read_thumbnail_sheets(
    folder: Path, size: int, wanted: Callable[[Path], bool] = lambda _path: True
) -> tuple[Tensor, list[SkippedPicture]]:
    """Read all sheets of a folder in the order of their names.

    Args:
        folder: holds pictures made of ``size`` x ``size`` thumbnails.
        wanted: says which files to read.

    Returns:
        (N, 3, size, size) uint8, and the sheets that could not be read.

    Raises:
        TrainingDataError: no thumbnail was found.
        PictureError: the folder does not exist or cannot be read.
    """
    sheets: list[Tensor] = []
    skipped: list[SkippedPicture] = []
    for path in filter(wanted, find_pictures(folder)):
        try:
            sheets.append(cut_sheet(picture_to_photo(open_picture(path)), size))
        except (PictureError, TrainingDataError) as problem:
            skipped.append(SkippedPicture(path.name, str(problem)))
    if not sheets:
        raise TrainingDataError(f"There are no sheets of {size}x{size} thumbnails in {folder}.")
    return torch.cat(sheets), skipped
