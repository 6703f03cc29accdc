"""``scratch-denoiser runs``: list training runs, delete one."""

from __future__ import annotations

import argparse
from pathlib import Path

from desktop_app.cli import options
from desktop_app.services.console import complain, say
from desktop_app.services.training.config import RunError
from desktop_app.services.training.list_of_runs import delete_run, list_runs


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
    parser.add_argument(
        "--delete",
        metavar="NAME",
        help="move the run of this name into the system's bin, instead of listing",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line a run; runs that cannot be read are named on standard error.

    Raises:
        AppError: the folder cannot be read, or the run to delete is not in it or stays.
    """
    if arguments.delete is not None:
        return _delete(arguments.folder, arguments.delete)
    problems: list[str] = []
    runs = list_runs(arguments.folder, problems.append)
    if not runs and not problems:
        say(f"There are no training runs in {arguments.folder}.")
    for item in runs:
        psnr = "-" if item.psnr is None else f"{item.psnr:.2f} dB"
        say(
            f"{item.folder}  {item.kind}  step {item.step} of {item.limit}  "
            f"best {psnr}  {item.state}"
        )
    for problem in problems:
        complain(problem)
    return 1 if problems else 0


def _delete(folder: Path, name: str) -> int:
    named = [run.folder for run in list_runs(folder) if run.folder.name == name]
    if not named:
        raise RunError(f"There is no run called {name} in {folder}; run without --delete to list.")
    delete_run(named[0])
    say(f"Moved to the bin: {named[0]}")
    return 0
