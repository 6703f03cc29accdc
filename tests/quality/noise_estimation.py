"""Measures the noise estimator on a folder of clean photos and prints a Markdown table.

``python -m tests.quality.noise_estimation FOLDER``. To every photo, Gaussian noise is added in
float and not clipped; noise and estimate are on the 0-255 scale. Row 0 shows what the estimator
finds in the clean photos themselves.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from desktop_app.services.pictures import find_pictures, open_picture
from desktop_app.services.pictures.pixels import picture_to_tensor
from scratch_layers.noise import add_noise, seeded_generator
from scratch_layers.noise_estimation import estimate_sigma

LEVELS = (0.0, 5.0, 10.0, 15.0, 25.0, 35.0, 50.0)


def errors_at(photos: Sequence[Tensor], sigma_255: float, seed: int = 0) -> Tensor:
    """Return the estimate less the truth for every photo."""
    errors = []
    for index, photo in enumerate(photos):
        noisy = add_noise(photo, "gaussian", sigma_255, seeded_generator(seed + index))
        errors.append(estimate_sigma(noisy) * 255 - sigma_255)
    return torch.tensor(errors)


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table for the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="clean photos")
    paths = find_pictures(parser.parse_args(argv).folder)
    photos = [picture_to_tensor(open_picture(path)) for path in paths]
    print(f"{len(photos)} photos\n")
    print("| sigma | mean absolute error | bias | largest error |\n|--:|--:|--:|--:|")
    for sigma_255 in LEVELS:
        errors = errors_at(photos, sigma_255)
        sizes = errors.abs()
        print(
            f"| {sigma_255:g} | {sizes.mean():.2f} | {errors.mean():+.2f} | {sizes.max():.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
