"""Stage: a 100-megapixel picture within a memory budget, and windows within the memory model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from scratch_layers.inference import window_bytes
from tests.benchmarks.peak_memory import peak_mib, run_in_child
from tests.benchmarks.photo_model import photo_denoiser
from tests.soak.figures import resident_mib
from tests.soak.row import Row

PROJECT = Path(__file__).resolve().parents[2]
SIDE, SHORT_SIDE = 10_000, 2_000
BUDGET_MB, SHORT_BUDGET_MB = 512, 80
LEAST_BUDGET_MB = 64
WINDOWS = (512, 1024, 1536)
PATCH = 500


def rows(folder: Path, short: bool) -> Iterator[Row]:
    """Denoise the picture in a process of its own; yield what it took beyond the picture."""
    side, budget = (SHORT_SIDE, SHORT_BUDGET_MB) if short else (SIDE, BUDGET_MB)
    # The short version takes a small network, for its speed.
    figures = _in_child(side, budget, quick=short)
    what = f"a picture of {side**2 / 1e6:.0f} megapixels, budget {budget} MB"
    yield Row(f"{what}: memory beyond the picture", figures["taken_mib"], budget, "MiB")
    yield Row(f"{what}: peak of the process", figures["peak_mib"], unit="MiB")
    yield Row(f"{what}: time", figures["seconds"], unit="s")
    noise = "measuring the noise of it: memory beyond the picture"
    yield Row(noise, figures["noise_mib"], LEAST_BUDGET_MB, "MiB", "the least budget")
    if short:  # the suite measures windows in tests/scratch_layers/inference/test_cost.py
        return
    base = run_in_child("tiles", "denoise_window", 64).peak_mib
    for window in WINDOWS:
        taken = run_in_child("tiles", "denoise_window", window).peak_mib - base
        modelled = window_bytes(photo_denoiser(), window**2) / 2**20
        name = f"memory of a window of {window:,} x {window:,}"
        yield Row(name, taken, round(modelled, 1), "MiB", "at most is what the model says")


def _in_child(side: int, budget_mb: int, quick: bool) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.soak.large_picture"]
    finished = subprocess.run(
        [*command, str(side), str(budget_mb), str(int(quick))],
        cwd=PROJECT,
        env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},
        capture_output=True,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(finished.stdout.splitlines()[-1])
    return figures


def main(arguments: Sequence[str]) -> None:
    """Be that process; print the figures as JSON."""
    from desktop_app.services.denoising.denoise import DenoisingOptions, denoise
    from desktop_app.services.denoising.events import finished
    from desktop_app.services.denoising.noise_found import find_noise
    from desktop_app.services.models.model_choice import LoadedModel, ModelChoice
    from desktop_app.services.pictures import Picture

    side, budget_mb, quick = map(int, arguments)
    models = ModelChoice(loaded=LoadedModel("photo", "Photo", photo_denoiser(bool(quick))))
    generator = np.random.default_rng(0)
    patch = generator.normal(128, 25, (PATCH, PATCH, 3)).clip(0, 255).astype(np.uint8)
    # What the program takes for any picture is no part of the budget.
    finished(denoise(Picture(patch[:64, :64].copy()), models, DenoisingOptions(25.0)))
    picture = Picture(np.tile(patch, (side // PATCH, side // PATCH, 1)))
    before, began = resident_mib(), time.perf_counter()
    noise = find_noise(picture)
    noise_mib = peak_mib() - before
    options = DenoisingOptions(25.0, memory_budget_mb=budget_mb)
    finished(denoise(picture, models, options, noise=noise))
    figures = {
        "noise_mib": noise_mib,
        "taken_mib": peak_mib() - before,
        "peak_mib": peak_mib(),
        "seconds": time.perf_counter() - began,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1:])
