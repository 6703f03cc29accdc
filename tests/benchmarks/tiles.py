"""Row group: windows of several sizes, in time and memory, from which the size of tiles follows."""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch

from scratch_layers.inference import window_bytes
from tests.benchmarks.peak_memory import run_in_child
from tests.benchmarks.photo_model import SIGMA_255, description, photo_denoiser
from tests.benchmarks.row import Row
from tests.benchmarks.settings import Settings

SIDES = (96, 160, 256, 512, 768, 1024, 1536, 2048)
QUICK_SIDES = (32,)
REPEATS = 2


def rows(settings: Settings) -> Iterator[Row]:
    """Yield a row for every size; times are those of a million pixels."""
    denoiser = photo_denoiser(settings.quick)
    for side in QUICK_SIDES if settings.quick else SIDES:
        finished = run_in_child("tiles", "denoise_window", side, settings.quick)
        modelled = window_bytes(denoiser, side**2) / 2**20
        yield Row(
            f"a window of {side} x {side}, for each megapixel of it",
            scratch_ms=1000 * finished.result / (side**2 / 1e6),
            scratch_mib=finished.peak_mib,
            note=f"the model allows the window {modelled:.0f} MiB; {description(denoiser)}",
        )


def denoise_window(side: int, quick: bool = False) -> float:
    """Denoise a square image at once; return the seconds of the quickest of two runs."""
    denoiser = photo_denoiser(quick)
    image = torch.rand(1, 3, side, side)
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        denoiser.denoise(image, SIGMA_255 / 255)
        seconds.append(time.perf_counter() - started)
    return min(seconds)
