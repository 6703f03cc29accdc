"""Row group: how fast the window answers, with a 24 MP photo in a view of 1200x800."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.peak_memory import ChildError
from tests.benchmarks.pictures import megapixels, write_noisy_jpeg
from tests.benchmarks.row import Row, Target
from tests.benchmarks.settings import Settings
from tests.benchmarks.timing import percentile
from tests.benchmarks.window_process import display, run_script

SIZE, QUICK_SIZE = (6000, 4000), (300, 200)

FIGURES = {
    "open": ("open a {} JPEG, to the first view", 100, Target("ms", 1000)),
    "preview": ("open a {} JPEG, to its first pixels denoised at 1:1", 100, Target("ms", 1500)),
    "pan": ("pan a {} photo, 95th percentile of steps", 95, Target("ms", 33)),
    "zoom": ("zoom a {} photo, 95th percentile of steps", 95, Target("ms", 33)),
    "strength": ("strength slider, {}, 95th percentile of steps", 95, Target("ms", 50)),
    "denoising": ("event loop while denoising {}, 99th percentile of turns", 99, Target("ms", 50)),
    "training": (
        "event loop while training, plot in view, 99th percentile",
        99,
        Target("ms", 50),
    ),
}
"""For every figure: its title, which percentile of the times it is, and the target."""


def rows(settings: Settings) -> Iterator[Row]:
    """Yield one row for every figure."""
    size = QUICK_SIZE if settings.quick else SIZE
    with display() as problem:
        try:
            times = {} if problem else _measure(size, settings)
        except ChildError as error:
            problem, times = str(error), {}
    for key, (title, percent, target) in FIGURES.items():
        name = title.format(megapixels(*size))
        if key not in times:
            yield Row(name, target=target, note=f"not measured: {problem}")
        else:
            found = times[key]
            count = f"{len(found)} measured, longest {max(found):.0f} ms"
            yield Row(name, percentile(found, percent), target=target, note=count)


def _measure(size: tuple[int, int], settings: Settings) -> dict[str, Any]:
    thoroughness = "quick" if settings.quick else "full"
    with tempfile.TemporaryDirectory() as home:
        photo = Path(home, "photo.jpg")
        write_noisy_jpeg(photo, *size)
        times: dict[str, Any] = run_script("window_script", Path(home), str(photo), thoroughness)
    return times
