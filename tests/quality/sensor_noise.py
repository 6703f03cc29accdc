"""How far the noise that is told for each brightness of a photo lies from the truth.

``python -m tests.quality.sensor_noise FOLDER`` prints it for the clean photos of a folder, as files
of a simulated sensor of 14 bits, without masked pixels, at three sensitivities.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from desktop_app.services.denoising.evaluation import noise_seed
from desktop_app.services.pictures import find_pictures, open_picture
from desktop_app.services.pictures.pixels import picture_to_tensor
from scratch_layers.data.camera.development import SRGB
from scratch_layers.noise_analysis import measure_sensor_noise
from tests.desktop_app.raw_files import bayer
from tests.quality.sets import SENSOR_NOISES, SENSOR_WHITE

CROP, SPAN, BLACK = 512, 15_871, 512
CLOSE = 0.15


class Errors(NamedTuple):
    """How one photo was measured.

    Attributes:
        level: root mean square over its pixels of the relative error of the standard deviation.
        close: the share of its pixels where that is at most 15 %.
        is_read_close: whether the read noise is within 15 %.
    """

    level: float
    close: float
    is_read_close: bool


def measured(light: NDArray[np.float64], shot: float, read: float, seed: int) -> Errors:
    """Add noise to what a sensor sees (H, W), RGGB, and measure it."""
    noise = np.sqrt(shot * light + read) * np.random.default_rng(seed).standard_normal(light.shape)
    stored = np.rint((light + noise) * SPAN + BLACK).clip(0, SPAN + BLACK)
    mosaic = torch.from_numpy(((stored - BLACK) / SPAN).astype(np.float32))
    found = measure_sensor_noise(mosaic, "RGGB")
    errors = []
    for place, colour in enumerate((0, 1, 1, 2)):
        values = light[place // 2 :: 2, place % 2 :: 2]
        told, true = found.shot[colour] * values + found.read[colour], shot * values + read
        errors.append(np.sqrt(told / true).ravel() - 1)
    relative = np.concatenate(errors)
    return Errors(
        float(np.sqrt((relative**2).mean())),
        float((np.abs(relative) <= CLOSE).mean()),
        abs(float(np.mean(found.read)) / read - 1) <= CLOSE,
    )


def crops(folder: Path) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield what a sensor sees of the middle of each large enough photo, without noise."""
    for path in find_pictures(folder):
        photo = picture_to_tensor(open_picture(path))
        top, left = ((side - CROP) // 2 for side in photo.shape[-2:])
        if min(top, left) >= 0:
            crop = photo[..., top : top + CROP, left : left + CROP].double()
            yield path.name, bayer(SRGB.to_light(crop)[0].permute(1, 2, 0).numpy() * SENSOR_WHITE)


def main(folder: Path) -> None:
    """Print a line for each sensitivity."""
    for condition, (shot, read) in SENSOR_NOISES.items():
        seen = [
            measured(light, shot, read, noise_seed(name, 1e6 * shot))
            for name, light in crops(folder)
        ]
        levels = [one.level for one in seen]
        print(
            f"{condition}, {len(seen)} photos: level off by {np.median(levels):.1%} (median), "
            f"{np.quantile(levels, 0.9):.1%} (nine of ten), {max(levels):.0%} (worst); within "
            f"{CLOSE:.0%} in {np.mean([one.close for one in seen]):.1%} of the pixels; read noise "
            f"in {np.mean([one.is_read_close for one in seen]):.0%} of the photos",
            flush=True,
        )


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
