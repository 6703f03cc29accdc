"""Stage: an hour of use in quick motion, and what the window holds on to as it goes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.soak.figures import NAMES, Figures, look
from tests.soak.person import Person, make_photos
from tests.soak.row import Row

ROUNDS, BATCH_PHOTOS = 20, 500
SHORT_ROUNDS, SHORT_BATCH_PHOTOS = 4, 8
MINUTES_A_ROUND = 3
WARM_UP = 1 / 3
"""The share of the rounds in which caches fill and pages are made."""

ALLOWED = Figures(
    memory_mib=40.0, threads=0, files=0, tk_images=0, widgets=0, tk_commands=0, objects=6000
)
"""How much more there may be after the warm-up; memory and objects are never quite the same."""

WORDS = {
    "memory_mib": ("memory", "MiB"),
    "threads": ("threads", ""),
    "files": ("open files", ""),
    "tk_images": ("pictures held by Tk", ""),
    "widgets": ("widgets", ""),
    "tk_commands": ("commands held by Tk", ""),
    "objects": ("Python objects", ""),
}
PAGES = ("denoise", "batch", "train", "learn")


def rows(folder: Path, short: bool) -> Iterator[Row]:
    """Play the hour; yield the growth of every figure after the warm-up."""
    rounds, photos = (SHORT_ROUNDS, SHORT_BATCH_PHOTOS) if short else (ROUNDS, BATCH_PHOTOS)
    seen = play(folder, rounds, photos)
    yield Row("rounds of open, noise, denoise, cancel, train, batch, close", rounds)
    yield Row("photos denoised in batches", photos)
    for name in NAMES:
        words, unit = WORDS[name]
        before, after = _before_and_after([float(getattr(one, name)) for one in seen])
        allowed = float(getattr(ALLOWED, name))
        note = f"{before:,.0f} after the warm-up, {after:,.0f} at the end"
        yield Row(f"growth of {words}", after - before, allowed, unit, note)


def play(folder: Path, rounds: int, batch_photos: int) -> list[Figures]:
    """Use one window again and again; return what it held after each round."""
    photos = make_photos(folder / "photos", batch_photos)
    per_round = batch_photos // rounds
    person = Person(folder)
    seen = []
    themes = itertools.cycle(("dark", "light"))
    for number in range(rounds):
        part = photos[number * per_round : (number + 1) * per_round]
        _round(person, photos[:3], part, folder, next(themes))
        seen.append(look(person.window.root))
    person.close_window()
    return seen


def _round(person: Person, some: list[Path], part: list[Path], folder: Path, theme: str) -> None:
    """What a person does in a few minutes."""
    for page in PAGES:
        person.window.main.show_page(page)
        person.live(0.1)
    person.window.main.show_page("denoise")
    for document in person.open(some):
        person.controller.documents.select(document)
        person.add_noise()
        person.denoise_and_cancel()
        person.denoise()
        person.controller.denoising.set_strength(0.5)
    person.change_theme(theme)
    person.window.main.show_page("train")
    person.train(folder / "photos", steps=3)
    person.window.main.show_page("batch")
    person.run_batch(part, folder / "results")
    person.window.main.show_page("denoise")
    person.close_documents()


def _before_and_after(values: list[float]) -> tuple[float, float]:
    """Return what was held after the warm-up and at the end, each the middle of some rounds."""
    settled = values[int(len(values) * WARM_UP) :]
    part = max(1, len(settled) // 3)
    return median(settled[:part]), median(settled[-part:])
