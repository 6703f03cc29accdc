"""``scratch-denoiser runs``: list training runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Add ``runs``."""
    parser = subparsers.add_parser(
        "runs", help="list training runs", description="List the training runs in a folder."
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path("runs"),
        help="a run, or a folder of runs (default: runs)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line a run; return the exit code."""
    from desktop_app.services.errors import AppError
    from desktop_app.services.training_runs import list_runs

    try:
        runs = list_runs(arguments.folder)
    except (AppError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    if not runs:
        print(f"There are no training runs in {arguments.folder}.")
    for item in runs:
        psnr = "-" if item.psnr is None else f"{item.psnr:.2f} dB"
        print(
            f"{item.folder}  {item.kind}  step {item.step} of {item.limit}  "
            f"best {psnr}  {item.state}"
        )
    return 0
