"""What a live training learns from: patches of one photo, or thumbnails as in the paper.

Imported on worker threads only, because it needs torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from desktop_app.services.errors import AppError
from desktop_app.services.pictures import find_pictures, open_picture
from desktop_app.services.pictures.pyramid import Pixels
from desktop_app.services.training.files import TrainingDataError, reason_to_skip, size_of
from desktop_app.services.training.folder_look import spread, thumbnail
from desktop_app.services.training.images import picture_to_photo
from desktop_app.services.training.thumbnails import THUMBNAIL_SIZE, cut_sheet

SIDE = 128
"""Of the part of a photo that is learned from: small enough to be denoised ten times a second."""

MOST_SHOWN = 16
MOST_FILES, MOST_THUMBNAILS = 500, 4000
SCALES = 1, 2, 4
"""By which a photo is reduced before it is cut into thumbnails."""

ASPECT = 4
"""How many times longer than high a photo may be."""

CLEAREST_SEAM = 1.5
"""How much steeper than elsewhere a sheet is where its thumbnails meet; photos have about 1."""

_BLOCK = 8


@dataclass(frozen=True, eq=False)
class LivePictures:
    """Pictures to learn from, and those to look at meanwhile.

    Attributes:
        learned: (N, 3, H, W) uint8, sides of 32 or more.
        shown: (M, 3, H, W) uint8, sides that are multiples of 4.
        in_pairs: whether the network is given one noisy shot and is to predict another one, as in
            the paper, not the picture itself.
    """

    learned: Tensor
    shown: Tensor
    in_pairs: bool


def middle_of_photo(pixels: Pixels) -> LivePictures:
    """Return the middle of a photo (H, W, 3), continued where it is small, to learn from it."""
    height, width = pixels.shape[:2]
    tall, wide = min(SIDE, height // 4 * 4), min(SIDE, width // 4 * 4)
    least = THUMBNAIL_SIZE
    if min(tall, wide) < least:
        pixels = np.tile(pixels, (least // height + 1, least // width + 1, 1))
        tall, wide = max(tall, least), max(wide, least)
        height, width = pixels.shape[:2]
    top, left = (height - tall) // 2, (width - wide) // 2
    middle = _planes(pixels[top : top + tall, left : left + wide])[None]
    return LivePictures(middle, middle, in_pairs=False)


def pieces_of_photo(pixels: Pixels) -> LivePictures:
    """Cut a photo (H, W, 3) into thumbnails, as it is and reduced; its right quarter is shown.

    Args:
        pixels: at least 32 rows and 128 columns.
    """
    border = pixels.shape[1] * 3 // 4
    shown = _pieces(pixels[:, border:])
    shown = shown[spread(range(len(shown)), MOST_SHOWN)]
    return LivePictures(_pieces(pixels[:, :border]), shown, in_pairs=True)


def thumbnails_of_folder(folder: Path, should_stop: Callable[[], bool]) -> LivePictures:
    """Make thumbnails of the pictures in a folder and the folders inside it.

    A photo becomes one thumbnail, of its middle; a sheet of thumbnails is cut. At most
    :data:`MOST_FILES` files, spread over all, and :data:`MOST_THUMBNAILS` thumbnails are used; a
    few, spread over all of these, are shown and not learned from.

    Args:
        folder: the folder.
        should_stop: asked between files; what was made by then is used.

    Raises:
        TrainingDataError: there are no two pictures that can be used.
        PictureError: the folder does not exist or cannot be read.
    """
    made: list[Tensor] = []
    count = 0
    for path in spread(find_pictures(folder, recursive=True), MOST_FILES):
        if should_stop() or count >= MOST_THUMBNAILS:
            break
        found = list(_thumbnails_in(path))
        made += found
        count += sum(map(len, found))
    if count < 2:
        raise TrainingDataError(
            f"Two pictures at least are needed, and {folder} has {count or 'none'} that can be "
            "used; choose a folder with photos, or with sheets of 32x32 thumbnails."
        )
    thumbnails = torch.cat(made)[:MOST_THUMBNAILS]
    shown = spread(range(len(thumbnails)), min(MOST_SHOWN, max(1, len(thumbnails) // 4)))
    learned = torch.ones(len(thumbnails), dtype=torch.bool)
    learned[shown] = False
    return LivePictures(thumbnails[learned], thumbnails[shown], in_pairs=True)


def is_sheet(photo: Tensor) -> bool:
    """Return whether (3, H, W) is made of thumbnails of 32 x 32 pixels, by the seams between them.

    Compared with other borders of the 8 x 8 blocks of JPEG, which are borders there, too.
    """
    return all(
        side > THUMBNAIL_SIZE and side % THUMBNAIL_SIZE == 0 and _seam(photo, axis) > CLEAREST_SEAM
        for axis, side in enumerate(photo.shape)
        if axis
    )


def _thumbnails_in(path: Path) -> Iterator[Tensor]:
    """Yield (N, 3, 32, 32) what a file has; nothing where it cannot be used."""
    if reason_to_skip(path, THUMBNAIL_SIZE) is not None:
        return
    if all(side % THUMBNAIL_SIZE == 0 for side in size_of(path)):
        try:
            whole = picture_to_photo(open_picture(path))
        except AppError:
            return
        if is_sheet(whole):
            yield cut_sheet(whole, THUMBNAIL_SIZE)
            return
    small = thumbnail(path, ASPECT * THUMBNAIL_SIZE)
    if small is not None and min(small.shape[:2]) >= THUMBNAIL_SIZE:
        yield _middle_square(small)


def _seam(photo: Tensor, axis: int) -> float:
    """Return how many times steeper a picture is between thumbnails than between other blocks."""
    others = tuple(other for other in range(photo.ndim) if other != axis)
    steps = photo.float().diff(dim=axis).abs().mean(dim=others)[_BLOCK - 1 :: _BLOCK]
    between = torch.arange(1, len(steps) + 1) % (THUMBNAIL_SIZE // _BLOCK) == 0
    return float(steps[between].mean() / steps[~between].mean().clamp(min=1e-6))


def _pieces(pixels: Pixels) -> Tensor:
    """Cut (H, W, 3) into thumbnails without what is left at its right and lower border."""
    photo, cut = Image.fromarray(pixels), []
    for scale in SCALES:
        reduced = _planes(np.asarray(photo.reduce(scale)))
        height, width = (side // THUMBNAIL_SIZE * THUMBNAIL_SIZE for side in reduced.shape[1:])
        if height and width:
            cut.append(cut_sheet(reduced[:, :height, :width], THUMBNAIL_SIZE))
    return torch.cat(cut)


def _middle_square(pixels: Pixels) -> Tensor:
    """Reduce the middle of a photo (H, W, 3) to one thumbnail (1, 3, 32, 32)."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = Image.fromarray(pixels[top : top + side, left : left + side])
    size = THUMBNAIL_SIZE, THUMBNAIL_SIZE
    return _planes(np.asarray(square.resize(size, Image.Resampling.BOX)))[None]


def _planes(pixels: Pixels) -> Tensor:
    """Return (H, W, 3) as (3, H, W)."""
    return torch.tensor(np.ascontiguousarray(pixels)).permute(2, 0, 1).contiguous()
