"""Stage: the window is closed at many moments of its work; how soon it ends, and what is left."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from desktop_app.controllers.batch import WORKING
from tests.soak.person import Person, make_photos, private_folders
from tests.soak.row import Row

PROJECT = Path(__file__).resolve().parents[2]
SECONDS_ALLOWED = 2.0
DELAYS = (0.0, 0.02, 0.1, 0.3, 0.6, 1.0, 1.7)
SHORT_DELAYS = (0.1,)
LARGE = (3000, 2000)
LONGEST_SECONDS = 120


@dataclass(frozen=True)
class Closing:
    """One window that was closed.

    Attributes:
        moment: what it was doing.
        seconds: from the wish to close until the process had ended.
        processor_seconds: what all threads together computed in that time.
        lost: what was lost or left behind, a sentence each.
    """

    moment: str
    seconds: float
    processor_seconds: float
    lost: tuple[str, ...]


def starting(person: Person) -> None:
    """The window has only just been drawn, and torch is being imported."""


def loading(person: Person) -> None:
    """Large pictures are being read."""
    person.controller.documents.open(sorted((person.folder / "large").iterdir()))


def denoising(person: Person) -> None:
    """A large picture is being denoised with the photo network."""
    person.open([person.folder / "large" / "photo-0000.jpg"])
    person.controller.models.choose("photo")
    person.controller.denoising.denoise()


def batch(person: Person) -> None:
    """Large and small photos are being denoised one after the other."""
    batch = person.controller.batch
    batch.change(output=str(person.folder / "results"))
    batch.add([person.folder / "photos", person.folder / "large"])
    person.until(lambda: len(batch.rows.value) == 7 and not batch.looking.value)
    batch.start()
    person.until(lambda: batch.state.value == WORKING)


def training(person: Person) -> None:
    """A network learns."""
    training = person.controller.training
    training.plan.value = training.plan.value.with_changes(
        folder=str(person.folder / "photos"), preset="custom", custom_minutes=5.0, device="cpu"
    )
    training.start()
    person.until(lambda: len(training.curves.value.steps) >= 2)


def saving(person: Person) -> None:
    """A large picture is being written."""
    (document,) = person.open([person.folder / "large" / "photo-0000.jpg"])
    person.controller.saving.save(document, person.folder / "saved.jpg")


MOMENTS: dict[str, Callable[[Person], None]] = {
    "starting": starting,
    "loading": loading,
    "denoising": denoising,
    "batch": batch,
    "training": training,
    "saving": saving,
}


def rows(folder: Path, short: bool) -> Iterator[Row]:
    """Close windows; yield the longest time of every moment, and what was lost in all."""
    delays = SHORT_DELAYS if short else DELAYS
    lost: list[str] = []
    for moment in MOMENTS:
        closings = [close_at(moment, delay, folder) for delay in delays]
        lost += [sentence for closing in closings for sentence in closing.lost]
        longest = max(closing.seconds for closing in closings)
        note = f"the longest of {len(closings)}"
        yield Row(f"closing while {moment}", longest, SECONDS_ALLOWED, "s", note)
    yield Row("things lost or left behind by closing", len(lost), 0, note="; ".join(lost[:3]))


def close_at(moment: str, delay: float, folder: Path) -> Closing:
    """Let a window of its own process be closed in the middle of something.

    Args:
        folder: where it lives, and where the photos lie that all such windows are given copies of.
    """
    photos = folder / "of-all"
    if not photos.exists():
        make_photos(photos / "photos", 4)
        make_photos(photos / "large", 3, LARGE)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        home = Path(name)
        shutil.copytree(photos, home, dirs_exist_ok=True)
        command = [sys.executable, "-m", "tests.soak.closing", moment, str(delay), name]
        before = _processor_seconds_of_children()
        finished = subprocess.run(
            command,
            cwd=PROJECT,
            env=private_folders(home),
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
        ended = time.time()
        if finished.returncode != 0 or not finished.stdout.strip():
            raise RuntimeError(f"closing while {moment} failed: {finished.stderr[-2000:]}")
        began, computed = map(float, finished.stdout.split()[-2:])
        computed = _processor_seconds_of_children() - before - computed
        return Closing(moment, ended - began, computed, tuple(_lost(moment, home, finished.stderr)))


def _processor_seconds_of_children() -> float:
    """What the processes that were waited for have computed; 0 where the system does not tell."""
    times = os.times()
    return times.children_user + times.children_system


def _lost(moment: str, home: Path, complaints: str) -> Iterator[str]:
    """Look for what should be there and is not, and for what should not be there and is."""
    for path in home.rglob("*.part"):
        yield f"the temporary file {path.name} was left"
    if complaints.strip():
        yield f"complaints on the way: {complaints.strip().splitlines()[-1]}"
    if moment == "training" and not list(home.rglob("last.safetensors")):
        yield "the training left no checkpoint"
    if moment == "saving" and not (home / "saved.jpg").exists():
        yield "the picture was not saved"
    for result in [*(home / "results").glob("*"), *home.glob("saved.*")]:
        with contextlib.suppress(FileNotFoundError), Image.open(result) as image:
            image.load()
    settings = json.loads((home / "settings.json").read_text(encoding="utf-8"))
    if not settings.get("window_geometry"):
        yield "the settings were not kept"


def main(arguments: Sequence[str]) -> None:
    """Be the process whose window is closed; print when that was asked for, and what it took."""
    from desktop_app.ui import app

    moment, delay, folder = arguments[0], float(arguments[1]), Path(arguments[2])
    person = Person(folder, ready=moment != "starting")
    MOMENTS[moment](person)
    with contextlib.suppress(TimeoutError):
        person.live(delay)
    person.window.root.after(0, person.window.close)
    print(time.time(), time.process_time(), flush=True)
    app.run_until_closed(person.window)


if __name__ == "__main__":
    main(sys.argv[1:])
