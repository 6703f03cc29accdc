"""The pictures that quality is measured on: noisy ones with the clean ones they should become."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from desktop_app.services.denoising.evaluation import find_pairs, noise_seed
from desktop_app.services.pictures import Picture, find_pictures, open_picture
from desktop_app.services.pictures.pixels import picture_to_tensor
from scratch_layers.data.camera.development import SRGB
from scratch_layers.noise import add_noise, seeded_generator
from tests.desktop_app.raw_files import bayer, write_samples

SIGMAS_255 = (15.0, 25.0, 50.0)
SENSOR_NOISES = {
    "ISO 1600": (8e-4, 4e-7),
    "ISO 6400": (3e-3, 5e-6),
    "ISO 25600": (1.2e-2, 7e-5),
}
"""Shot and read noise: variance ``shot x + read`` of light x in [0, 1]."""
SENSOR_WHITE = (0.5, 1.0, 0.667)
"""What the sensor sees of white."""
_SENSOR_BLACK, _SENSOR_MOST = 512, 16383


@dataclass(frozen=True)
class Example:
    """A noisy picture and the truth.

    Attributes:
        name: of the file.
        condition: the noise: ``sigma 25``, ``real``, or the sensitivity of a sensor.
        noisy, clean: (1, 3, H, W); white noise is not clipped.
        sigma_255: standard deviation where it is known, 0-255 scale.
        developed: what a RAW file gives, with its mosaic, where the picture comes from one.
    """

    name: str
    condition: str
    noisy: Tensor
    clean: Tensor
    sigma_255: float | None
    developed: Picture | None = None


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


@dataclass(frozen=True)
class SensorSet:
    """Clean pictures as a camera's RAW files: RGGB, 14 bits, with the noise of a sensor.

    The truth is the development of the same file without noise.

    Attributes:
        title: what the table calls it.
        folder: holds the pictures.
    """

    title: str
    folder: Path

    def examples(self, crop: int) -> Iterator[Example]:
        """Yield every picture at every sensitivity, cut to ``crop`` pixels a side in its middle."""
        with TemporaryDirectory() as folder:
            for path in find_pictures(self.folder):
                photo = _middle(picture_to_tensor(open_picture(path)), crop)
                light = SRGB.to_light(photo.double())[0].permute(1, 2, 0).numpy()
                seen = bayer(light * SENSOR_WHITE)
                clean = picture_to_tensor(_as_raw_file(seen, Path(folder) / "clean.dng"))
                for condition, (shot, read) in SENSOR_NOISES.items():
                    random = np.random.default_rng(noise_seed(path.name, 1e6 * shot))
                    noise = np.sqrt(shot * seen + read) * random.standard_normal(seen.shape)
                    file = Path(folder) / f"{condition}.dng"
                    developed = _as_raw_file(seen + noise, file)
                    noisy = picture_to_tensor(developed)
                    yield Example(path.name, condition, noisy, clean, None, developed)


def _as_raw_file(seen: NDArray[np.float64], path: Path) -> Picture:
    samples = np.rint(seen * (_SENSOR_MOST - _SENSOR_BLACK) + _SENSOR_BLACK)
    write_samples(
        path,
        samples.clip(0, _SENSOR_MOST).astype(np.uint16),
        levels=(_SENSOR_BLACK,) * 4,
        white_level=_SENSOR_MOST,
        white=SENSOR_WHITE,
    )
    return open_picture(path)


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
