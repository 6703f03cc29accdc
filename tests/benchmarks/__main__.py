"""Measures speed and memory, this project's layers beside torch.nn, and prints one table.

``python -m tests.benchmarks --help`` explains the options. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from desktop_app.services.processor import wait_briefly

# As the application does, and for both sides alike; torch reads it when it is imported.
wait_briefly()

import torch  # noqa: E402

from scratch_layers.devices import resolve_device  # noqa: E402
from scratch_layers.errors import DeviceError  # noqa: E402
from tests.benchmarks import kept, machine  # noqa: E402
from tests.benchmarks.groups import GROUPS, LONG  # noqa: E402
from tests.benchmarks.report import Report, terminal_head, terminal_row  # noqa: E402
from tests.benchmarks.row import Row  # noqa: E402
from tests.benchmarks.settings import CLOCKS, Settings  # noqa: E402

DEFAULT_OUTPUT = Path("benchmark-results")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what the arguments ask for; return the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        device = resolve_device(arguments.device)
    except DeviceError as error:
        print(error, file=sys.stderr)
        return 2
    settings = Settings(arguments.quick, device, arguments.clock)
    if device.type == "cuda":
        # Both sides may use the tensor cores' reduced precision.
        torch.set_float32_matmul_precision("high")
    torch.manual_seed(0)
    facts = machine.describe(settings)
    groups: dict[str, list[Row]] = {}
    report = Report(facts, groups, settings.quick)
    print(", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items()))
    if settings.quick:
        print("A quick run: the figures mean nothing.")
    print(terminal_head())
    usual = GROUPS if arguments.all else [name for name in GROUPS if name not in LONG]
    for name in arguments.only or usual:
        group = GROUPS[name]
        print(f"--- {group.title} [{name}]", flush=True)
        rows = groups.setdefault(group.title, [])
        for row in group.rows(settings):
            rows.append(row)
            print(terminal_row(row), flush=True)
        # After every group, so that a run that is broken off still leaves a report.
        report.write(arguments.output)
    print(f"Written: {arguments.output / 'benchmarks.md'} and benchmarks.json")
    print(*kept.changes(report.as_json()), sep="\n")
    if arguments.keep:
        kept.keep(report.as_json())
        print(f"Kept: {kept.place(dict(facts))}, {kept.PAGE} and {kept.PICTURE}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="tiny shapes, one repeat: shows that everything runs; the figures mean nothing",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        choices=GROUPS,
        help=f"measure only these row groups: {', '.join(GROUPS)}",
    )
    parser.add_argument(
        "--all", action="store_true", help=f"measure also what takes long: {', '.join(LONG)}"
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="keep the table in the repository and show it in docs/speed.md",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=DEFAULT_OUTPUT,
        metavar="FOLDER",
        help="where benchmarks.md and benchmarks.json go (default: %(default)s)",
    )
    parser.add_argument(
        "--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps (default: %(default)s)"
    )
    parser.add_argument(
        "--clock",
        choices=CLOCKS,
        default="wall",
        help="cpu counts the processor time of all threads, for a busy machine "
        "(default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
