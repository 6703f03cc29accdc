"""Stage: the program under many limits of ``ulimit -v``: it works, or it says why it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from desktop_app.services import memory
from tests.soak.person import make_photos
from tests.soak.row import Row

PROJECT = Path(__file__).resolve().parents[2]
PARTS_OF_NEED = (0.08, 0.2, 0.4, 0.6, 0.8, 0.9, 0.96, 1.0, 1.03, 1.06, 1.1, 1.15, 1.2, 1.4, 2.0)
SHORT_PARTS_OF_NEED = (0.2, 1.03)


def rows(folder: Path, short: bool) -> Iterator[Row]:
    """Denoise a photo under every limit; yield how often that ended in anything but a sentence."""
    (photo,) = make_photos(folder / "photos", 1, (800, 600))
    needed = memory.bytes_needed_to_start()
    parts = SHORT_PARTS_OF_NEED if short else PARTS_OF_NEED
    unexplained = [
        f"{part * needed / 2**20:.0f} MB"
        for number, part in enumerate(parts)
        if not is_explained(photo, folder / f"clean-{number}.png", int(part * needed))
    ]
    yield Row("limits of memory under which a photo was denoised", len(parts))
    yield Row(
        "ends without a result or a sentence", len(unexplained), 0, note=", ".join(unexplained)
    )


def is_explained(photo: Path, target: Path, limit_bytes: int) -> bool:
    """Tell whether the program made the result, or else one sentence about memory."""
    command = [sys.executable, "-m", "desktop_app", "denoise", str(photo), "-o", str(target)]
    finished = subprocess.run(
        ["sh", "-c", f'ulimit -v {limit_bytes // 1024}; exec "$@"', "sh", *command],
        cwd=PROJECT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    complaints = finished.stderr.splitlines()
    if finished.returncode == 0:
        return target.exists()
    short = finished.returncode == 1 and len(complaints) == 1 and "memory" in complaints[0]
    return short and not target.exists()
