"""A large noisy photo that can be made anywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.benchmarks.photo_model import SIGMA_255

ROWS_AT_ONCE = 256
JPEG_QUALITY = 92


def noisy_photo(width: int, height: int) -> NDArray[np.uint8]:
    """Return (height, width, 3) samples: soft colours, edges and textures, with noise."""
    generator = np.random.default_rng(0)
    photo = np.empty((height, width, 3), np.uint8)
    x = np.arange(width, dtype=np.float32)
    for top in range(0, height, ROWS_AT_ONCE):
        y = np.arange(top, min(top + ROWS_AT_ONCE, height), dtype=np.float32)[:, None]
        light = 60 * np.sin(x / 700) * np.cos(y / 500)
        texture = 15 * np.sin(x / 3 + y / 40) * (np.sin(y / 90) > 0)
        edges = np.where((x // 211 + y // 173) % 2 > 0, 20, -20)
        gray = 120 + light + texture + edges
        colours = gray[:, :, None] + 25 * np.sin(x[:, None] / 900 + np.arange(3))
        noise = generator.standard_normal(colours.shape, dtype=np.float32) * SIGMA_255
        photo[top : top + ROWS_AT_ONCE] = np.clip(np.rint(colours + noise), 0, 255)
    return photo


def write_noisy_jpeg(path: Path, width: int, height: int) -> None:
    """Write such a photo as a camera would."""
    Image.fromarray(noisy_photo(width, height)).save(path, quality=JPEG_QUALITY)


def megapixels(width: int, height: int) -> str:
    """Return the size in words, such as "24 MP"."""
    return f"{width * height / 1e6:.3g} MP"
