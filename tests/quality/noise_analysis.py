"""Compares the noise analysis with the truth, and prints a Markdown table a kind of picture.

``python -m tests.quality.noise_analysis --pairs 'FOLDER/*_real.jpg:*_mean.jpg' --clean FOLDER``

The truth of a pair is the root mean square of noisy less clean, after a linear fit of the clean
picture and its first and second derivatives (a shift of part of a pixel, another exposure) and
slow differences of light are taken off, and the loss of a clean JPEG, measured by storing it once
more on another grid, is taken from its square. To clean pictures, white Gaussian noise is added,
clipped and rounded to 8 bits; row 0 shows what is found in them as they are. Levels are 0-255.
"""

from __future__ import annotations

import argparse
import io
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from desktop_app.services.denoising.evaluation import find_pairs
from desktop_app.services.pictures import find_pictures, open_picture
from desktop_app.services.pictures.pixels import samples_to_tensor
from scratch_layers.noise import add_noise, seeded_generator
from scratch_layers.noise_analysis import analyse_noise

LEVELS = (0.0, 5.0, 15.0, 25.0, 50.0)
_LARGEST_SIDE = 1200
_SLOW = 64


@dataclass(frozen=True)
class Found:
    """One picture: what is true, what was found, and what it was called."""

    name: str
    truth: float
    level: float
    verdict: str
    trusted: bool

    @property
    def ratio(self) -> float:
        return self.level / self.truth


def true_level(noisy: Tensor, clean: Tensor, jpeg_loss: float = 0.0) -> float:
    """The root mean square of the noise of (C, H, W) in [0, 1], see the head of this module."""
    power = [
        float(_less_slow(_less_fit(n - c, c)).square().mean())
        for n, c in zip(noisy.double() * 255, clean.double() * 255, strict=True)
    ]
    return max(0.0, statistics.fmean(power) - jpeg_loss**2) ** 0.5


def jpeg_loss(path: Path) -> float:
    """The root mean square of what JPEG took from a file; 0 for files of other formats."""
    with Image.open(path) as picture:
        if picture.format != "JPEG":
            return 0.0
        shifted = picture.convert("RGB").crop((4, 4, picture.width - 4, picture.height - 4))
        stored = io.BytesIO()
        shifted.save(stored, "JPEG", qtables=picture.quantization, subsampling=2)
    with Image.open(stored) as again:
        lost = np.asarray(again, float) - np.asarray(shifted, float)
    return float(np.sqrt((lost**2).mean()))


def measure_pairs(pattern: str) -> list[Found]:
    """Analyse the noisy pictures of ``FOLDER/NOISY:CLEAN`` and compare them with the clean ones."""
    folder, _, names = pattern.rpartition("/")
    found = []
    for noisy_path, clean_path in find_pairs(Path(folder), names):
        noisy, clean = _read(noisy_path), _read(clean_path)
        truth = true_level(noisy, clean, jpeg_loss(clean_path))
        found.append(_analysed(noisy_path.name, noisy, truth))
    return found


def measure_white(folder: Path, sigma_255: float, limit: int) -> list[Found]:
    """Analyse the clean pictures of a folder with white noise added, as 8-bit files hold them."""
    paths = find_pictures(folder)
    found = []
    for index, path in enumerate(paths[:: max(1, len(paths) // limit)][:limit]):
        clean = _read(path)[:, :_LARGEST_SIDE, :_LARGEST_SIDE]
        noisy = add_noise(clean, "gaussian", sigma_255, seeded_generator(index))
        stored = (noisy.clamp(0, 1) * 255).round() / 255
        found.append(_analysed(path.name, stored, sigma_255))
    return found


def main(argv: Sequence[str] | None = None) -> None:
    """Print the tables of the folders named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", action="append", default=[], metavar="FOLDER/NOISY:CLEAN")
    parser.add_argument("--clean", action="append", default=[], type=Path, metavar="FOLDER")
    parser.add_argument("--pictures", type=int, default=30, help="the most of a clean folder")
    parser.add_argument("--each", action="store_true", help="print a line for every picture too")
    arguments = parser.parse_args(argv)
    print(
        "| pictures | noise | found / true (median) | within 25 % | named |\n|---|--:|--:|--:|---|"
    )
    for pattern in arguments.pairs:
        _print_row(pattern, "real", measure_pairs(pattern), arguments.each)
    for folder in arguments.clean:
        for sigma_255 in LEVELS:
            found = measure_white(folder, sigma_255, arguments.pictures)
            _print_row(folder.name, f"{sigma_255:g}", found, arguments.each)


def _print_row(name: str, noise: str, found: Sequence[Found], each: bool) -> None:
    verdicts = Counter(one.verdict for one in found)
    named = ", ".join(f"{verdict} {count}" for verdict, count in verdicts.most_common())
    if any(one.truth == 0 for one in found):
        levels = sorted(one.level for one in found)
        figures = f"median {statistics.median(levels):.2f}, highest {levels[-1]:.1f} | "
    else:
        close = statistics.fmean(0.75 <= one.ratio <= 1.25 for one in found)
        figures = f"{statistics.median(one.ratio for one in found):.2f} | {100 * close:.0f} %"
    print(f"| {name} | {noise} | {figures} | {named} |", flush=True)
    for one in found if each else ():
        doubt = "" if one.trusted else ", in doubt"
        print(f"  {one.name}: true {one.truth:.2f}, found {one.level:.2f}, {one.verdict}{doubt}")


def _analysed(name: str, noisy: Tensor, truth: float) -> Found:
    analysis = analyse_noise(noisy)
    return Found(name, truth, 255 * analysis.sigma, analysis.verdict.value, analysis.trusted)


def _read(path: Path) -> Tensor:
    return samples_to_tensor(open_picture(path))[0]


def _less_fit(difference: Tensor, clean: Tensor) -> Tensor:
    down, right = torch.gradient(clean)
    bend = torch.gradient(down, dim=0)[0] + torch.gradient(right, dim=1)[0]
    one = torch.ones_like(clean)
    columns = torch.stack([down, right, bend, clean, clean**2 / 255, one], -1).flatten(0, 1)
    gram = columns.T @ columns + 1e-6 * torch.eye(columns.shape[1], dtype=columns.dtype)
    weights = torch.linalg.solve(gram, columns.T @ difference.flatten())
    return difference - (columns @ weights).view_as(difference)


def _less_slow(difference: Tensor) -> Tensor:
    """Less the mean of each square of 64 x 64 pixels."""
    height, width = (side // _SLOW * _SLOW for side in difference.shape)
    squares = difference[:height, :width].unflatten(1, (-1, _SLOW)).unflatten(0, (-1, _SLOW))
    return squares - squares.mean((1, 3), keepdim=True)


if __name__ == "__main__":
    main()
