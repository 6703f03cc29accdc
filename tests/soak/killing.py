"""Stage: saving, batch and training are killed at random moments; what they leave is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.soak.kills import run_kills
from tests.soak.row import Row

KILLS, SHORT_KILLS = 200, 6


def rows(folder: Path, short: bool) -> Iterator[Row]:
    """Kill, look, go on; yield how often, and how often something was not as promised."""
    place = folder / "kills"
    place.mkdir()
    report = run_kills(SHORT_KILLS if short else KILLS, place)
    note = f"saving {report.saving}, batch {report.batch}, training {report.training}"
    yield Row("kills at random moments", report.kills, note=note)
    yield Row("batches and trainings finished in spite of them", report.rounds_finished)
    failures = "; ".join(report.failures[:3])
    yield Row("broken files, lost or repeated work", len(report.failures), 0, note=failures)
