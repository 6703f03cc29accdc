"""Plays the soak: long use, closing, killing and little memory, with limits that must be kept.

``python -m tests.soak --help`` explains the options; ``make soak`` plays everything.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from tests.benchmarks import machine
from tests.benchmarks.settings import Settings
from tests.soak.person import private_folders
from tests.soak.report import JSON_FILE, MARKDOWN_FILE, Report
from tests.soak.row import Row
from tests.soak.stages import STAGES
from tests.virtual_display import needed, virtual_display

DEFAULT_OUTPUT = Path("soak-results")
FACTS = ("date", "processor", "cores", "memory_gib", "system", "python", "torch")


def main(argv: Sequence[str] | None = None) -> int:
    """Play the stages; return 1 if a figure is over its limit."""
    arguments = _parser().parse_args(argv)
    described = machine.describe(Settings())
    facts = {name: described[name] for name in FACTS if name in described}
    stages: dict[str, list[Row]] = {}
    report = Report(facts, stages, arguments.short)
    began = time.monotonic()
    for name in arguments.only or STAGES:
        stage = STAGES[name]
        print(f"--- {stage.title} [{name}]", flush=True)
        rows = stages.setdefault(stage.title, [])
        for row in _played(name, arguments.short):
            rows.append(row)
            verdict = "" if row.kept else "   OVER ITS LIMIT"
            print(f"{row.name}: {row.value:g} {row.unit} {row.note}{verdict}", flush=True)
        facts["minutes"] = round((time.monotonic() - began) / 60, 1)
        # After every stage, so that a run that is broken off still leaves a report.
        report.write(arguments.output)
    print(f"Written: {arguments.output / MARKDOWN_FILE} and {JSON_FILE}")
    return 0 if report.kept else 1


def _played(name: str, short: bool) -> list[Row]:
    """Play a stage in folders and on a display of its own."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        os.environ.update(private_folders(Path(folder)))
        if not needed():
            return list(STAGES[name].rows(Path(folder), short))
        with virtual_display():
            return list(STAGES[name].rows(Path(folder), short))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the versions that the suite plays")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", choices=STAGES, help=f"of {', '.join(STAGES)}"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=DEFAULT_OUTPUT,
        metavar="FOLDER",
        help=f"where {MARKDOWN_FILE} and {JSON_FILE} go (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
