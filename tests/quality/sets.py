"""The pictures that quality is measured on: noisy ones with the clean ones they should become."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from desktop_app.services.denoising.evaluation import find_pairs, noise_seed
from desktop_app.services.pictures import find_pictures, open_picture
from desktop_app.services.pictures.pixels import picture_to_tensor
from scratch_layers.noise import add_noise, seeded_generator

SIGMAS_255 = (15.0, 25.0, 50.0)


@dataclass(frozen=True)
class Example:
    """A noisy picture and the truth.

    Attributes:
        name: of the file.
        condition: the noise: ``sigma 25``, or ``real``.
        noisy, clean: (1, 3, H, W); white noise is not clipped.
        sigma_255: standard deviation where it is known, 0-255 scale.
    """

    name: str
    condition: str
    noisy: Tensor
    clean: Tensor
    sigma_255: float | None


@dataclass(frozen=True)
class CleanSet:
    """Clean pictures, to which white noise is added.

    Attributes:
        title: what the table calls it.
        folder: holds the pictures.
        is_gray: whether only the luma of the pictures is taken, with one noise for all channels.
    """

    title: str
    folder: Path
    is_gray: bool = False

    def examples(self, crop: int) -> Iterator[Example]:
        """Yield every picture at every level, cut to ``crop`` pixels a side in its middle."""
        for path in find_pictures(self.folder):
            clean = _middle(picture_to_tensor(open_picture(path)), crop)
            if self.is_gray:
                clean = luma(clean)
            for sigma_255 in SIGMAS_255:
                generator = seeded_generator(noise_seed(path.name, sigma_255))
                noisy = add_noise(
                    clean[:, :1] if self.is_gray else clean, "gaussian", sigma_255, generator
                )
                yield Example(
                    path.name,
                    f"sigma {sigma_255:g}",
                    noisy.expand(-1, 3, -1, -1),
                    clean.expand(-1, 3, -1, -1),
                    sigma_255,
                )


@dataclass(frozen=True)
class PairSet:
    """Real noisy pictures beside clean ones of the same scenes.

    Attributes:
        title: what the table calls it.
        folder: holds both.
        pattern: tells them apart; see :func:`find_pairs`.
    """

    title: str
    folder: Path
    pattern: str

    def examples(self, crop: int) -> Iterator[Example]:
        """Yield every pair, cut to ``crop`` pixels a side in its middle."""
        for noisy_path, clean_path in find_pairs(self.folder, self.pattern):
            noisy, clean = (
                _middle(picture_to_tensor(open_picture(path)), crop)
                for path in (noisy_path, clean_path)
            )
            yield Example(noisy_path.name, "real", noisy, clean, None)


def luma(image: Tensor) -> Tensor:
    """Return the luma (B, 1, H, W) of RGB (B, 3, H, W), as ITU-R BT.601 weighs it."""
    red, green, blue = image.split(1, dim=1)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _middle(image: Tensor, crop: int) -> Tensor:
    """Cut out the middle; ``crop`` 0 keeps all."""
    if not crop:
        return image
    height, width = image.shape[2:]
    tall, wide = min(crop, height), min(crop, width)
    top, left = (height - tall) // 2, (width - wide) // 2
    return image[:, :, top : top + tall, left : left + wide].contiguous()
