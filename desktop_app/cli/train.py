"""``scratch-denoiser train``: train a network on folders of pictures, or go on with a run."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.cli import options
from desktop_app.cli.train_options import add_train_options, run_config
from desktop_app.services.console import complain, say

if TYPE_CHECKING:
    from desktop_app.services.training.runs import TrainingRun


_USAGE = 2

Subparsers = argparse._SubParsersAction


def add_parser(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    """Add ``train`` and its kinds of data."""
    parser = subparsers.add_parser(
        "train",
        help="train a network on your own pictures",
        description="Train a network, or go on with a run that was stopped: train --resume RUN.",
        epilog="With torchrun, several processes or GPUs train together: "
        "torchrun --nproc-per-node 2 -m desktop_app train ...",
    )
    parser.add_argument(
        "--resume", metavar="RUN", type=options.path, help="go on with the run in RUN"
    )
    parser.add_argument(
        "--steps", dest="new_steps", type=int, help="with --resume: a new limit in steps"
    )
    parser.add_argument(
        "--minutes", dest="new_minutes", type=float, help="with --resume: a new limit in minutes"
    )
    kinds = parser.add_subparsers(dest="kind", metavar="KIND")
    for add_kind in (
        _add_photo,
        _add_raw,
        _add_pairs,
        _add_noisy,
        _add_adapt,
        _add_miniproject,
        _add_paper,
    ):
        add_kind(kinds)
    parser.set_defaults(run=run)


class _HelpFormatter(argparse.ArgumentDefaultsHelpFormatter):
    """Shows defaults, where there are any."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default is None or action.default is False:
            return action.help
        return super()._get_help_string(action)


def _kind(
    kinds: Subparsers[argparse.ArgumentParser], name: str, description: str
) -> argparse.ArgumentParser:
    return kinds.add_parser(
        name, help=description, description=description, formatter_class=_HelpFormatter
    )


def _add_photo(kinds: Subparsers[argparse.ArgumentParser]) -> None:
    parser = _kind(kinds, "photo", "clean photos; noise is added while training")
    _add_folders(parser, "folder of clean photos, searched with the folders in it")
    parser.add_argument(
        "--noise",
        default="gaussian",
        help="gaussian, poisson-gaussian or camera (realistic)",
    )
    add_train_options(parser, "photo")


def _add_raw(kinds: Subparsers[argparse.ArgumentParser]) -> None:
    parser = _kind(kinds, "raw", "clean photos, taken back to the mosaic of a noisy sensor")
    _add_folders(parser, "folder of clean photos, searched with the folders in it")
    add_train_options(parser, "raw")


def _add_pairs(kinds: Subparsers[argparse.ArgumentParser]) -> None:
    parser = _kind(kinds, "pairs", "two noisy shots, or a noisy and a clean one, of each scene")
    parser.add_argument(
        "folders",
        nargs="+",
        type=options.path,
        metavar="FOLDER",
        help="two folders with pictures of equal names, or one folder and --markers",
    )
    parser.add_argument(
        "--markers",
        nargs=2,
        metavar=("FIRST", "SECOND"),
        help="what tells the names of first and second shots apart, such as _real _mean",
    )
    parser.add_argument(
        "--clean-targets", action="store_true", help="the second pictures are clean"
    )
    add_train_options(parser, "pairs")


def _add_noisy(kinds: Subparsers[argparse.ArgumentParser]) -> None:
    parser = _kind(kinds, "noisy", "noisy photos alone (Neighbor2Neighbor)")
    _add_folders(parser, "folder of noisy photos, searched with the folders in it")
    add_train_options(parser, "noisy")


def _add_adapt(kinds: Subparsers[argparse.ArgumentParser]) -> None:
    parser = _kind(kinds, "adapt", "one noisy photo, in about a minute (Zero-Shot Noise2Noise)")
    parser.add_argument(
        "folders", nargs=1, type=options.path, metavar="PHOTO", help="the photo to adapt to"
    )
    add_train_options(parser, "adapt")


def _add_miniproject(kinds: Subparsers[argparse.ArgumentParser]) -> None:
    parser = _kind(kinds, "miniproject", "the paper's task: pairs of noisy thumbnails")
    parser.add_argument(
        "--thumbnails",
        dest="folders",
        action="append",
        required=True,
        type=options.path,
        metavar="FOLDER",
        help="folder of sheets of 32x32 thumbnails and of val.png, a sheet for validation",
    )
    add_train_options(parser, "miniproject")


def _add_folders(parser: argparse.ArgumentParser, help_text: str) -> None:
    parser.add_argument(
        "--data",
        dest="folders",
        action="append",
        required=True,
        type=options.path,
        metavar="FOLDER",
        help=f"{help_text}; may be given again, for other folders or to count one twice",
    )


def run(arguments: argparse.Namespace) -> int:
    """Start or resume a run and show its progress until it ends; return the exit code.

    Raises:
        AppError, ScratchError, OSError: the run cannot be started or must end early.
    """
    if arguments.resume is None and arguments.kind is None:
        complain("Say what to train on, or --resume RUN; see train --help.")
        return _USAGE
    from desktop_app.cli.training_display import show_training

    return show_training(_prepare(arguments))


def _prepare(arguments: argparse.Namespace) -> TrainingRun:
    from desktop_app.services.training.runs import resume_run, start_run

    if arguments.resume is not None:
        return resume_run(arguments.resume, arguments.new_steps, arguments.new_minutes)
    folder = arguments.folder or Path("runs") / f"{arguments.kind}-{datetime.now():%Y%m%d-%H%M%S}"
    return start_run(folder, run_config(arguments))


def _add_paper(kinds: Subparsers[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "paper",
        help="the paper's whole experiment: one run for each learning rate, table and pictures",
        description="Reproduce the paper's experiment. Given again, the command goes on where it "
        "was stopped.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--thumbnails",
        required=True,
        type=options.path,
        metavar="FOLDER",
        help="folder of sheets of 32x32 thumbnails",
    )
    parser.add_argument(
        "--run", dest="folder", type=options.path, default=Path("runs/paper"), help="results"
    )
    parser.add_argument("--epochs", type=int, default=15, help="passes over the thumbnails")
    parser.add_argument(
        "--rates", type=_rates, default=(0.05, 0.1, 0.2, 0.3, 0.4), help="learning rates"
    )
    parser.add_argument("--sigma", type=options.sigma, default=28.0, help="noise level, 0-75")
    parser.add_argument("--seed", type=options.seed, default=1, help="of everything random")
    parser.add_argument("--threads", type=int, help="processor threads")
    parser.set_defaults(run=_run_paper)


def _rates(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(rate) for rate in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no list of learning rates; write 0.05,0.1"
        ) from None


def _run_paper(arguments: argparse.Namespace) -> int:
    """Run or go on with the experiment and print its table; return the exit code."""
    from desktop_app.cli.training_display import show_training
    from desktop_app.services.training.paper_experiment import (
        PaperExperiment,
        paper_runs,
        table,
        write_paper_report,
    )

    experiment = PaperExperiment(
        arguments.thumbnails,
        epochs=arguments.epochs,
        rates=arguments.rates,
        sigma_255=arguments.sigma,
        seed=arguments.seed,
        threads=arguments.threads,
    )
    for training_run in paper_runs(arguments.folder, experiment):
        code = show_training(training_run)
        if code:
            return code
    rows = write_paper_report(arguments.folder, experiment)
    say(table(rows, experiment))
    return 0
