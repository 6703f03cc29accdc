"""``scratch-denoiser runs``: list training runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from desktop_app.cli import options


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``runs``."""
    parser = subparsers.add_parser(
        "runs", help="list training runs", description="List the training runs in a folder."
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=options.path,
        default=Path("runs"),
        help="a run, or a folder of runs (default: runs)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line a run; return the exit code.

    Raises:
        AppError, OSError: a run's folder cannot be read.
    """
    from desktop_app.services.training.list_of_runs import list_runs

    runs = list_runs(arguments.folder)
    if not runs:
        print(f"There are no training runs in {arguments.folder}.")
    for item in runs:
        psnr = "-" if item.psnr is None else f"{item.psnr:.2f} dB"
        print(
            f"{item.folder}  {item.kind}  step {item.step} of {item.limit}  "
            f"best {psnr}  {item.state}"
        )
    return 0
