"""``scratch-denoiser train``: train a network on folders of pictures, or go on with a run."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from desktop_app.services.training_runs import RunConfig, TrainingRun

INTERRUPTED = 130


def add_parser(subparsers: Any) -> None:
    """Add ``train`` and its kinds of data."""
    parser = subparsers.add_parser(
        "train",
        help="train a network on your own pictures",
        description="Train a network, or go on with a run that was stopped: train --resume RUN.",
    )
    parser.add_argument("--resume", metavar="RUN", type=Path, help="go on with the run in RUN")
    parser.add_argument(
        "--steps", dest="new_steps", type=int, help="with --resume: a new limit in steps"
    )
    parser.add_argument(
        "--minutes", dest="new_minutes", type=float, help="with --resume: a new limit in minutes"
    )
    kinds = parser.add_subparsers(dest="kind", metavar="KIND")
    _add_photo(kinds)
    _add_miniproject(kinds)
    parser.set_defaults(run=run, parser=parser)


def _add_photo(kinds: Any) -> None:
    parser = kinds.add_parser(
        "photo",
        help="clean photos; noise is added while training",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--data",
        action="append",
        required=True,
        type=Path,
        metavar="FOLDER",
        help="folder of clean photos, searched with the folders in it; may be given again",
    )
    _add_common(parser, batch=16, patch=64, rate=1e-3, sigma="0-55", threads=None)
    parser.add_argument("--widths", type=_widths, help="channels of each level, such as 32,64,128")
    parser.add_argument("--blocks", type=int, help="residual blocks at each level")
    parser.add_argument("--average", type=float, default=0.999, help="decay of averaged weights")
    parser.add_argument(
        "--patience", type=int, help="stop after this many validations without improvement"
    )
    parser.set_defaults(make_config=_photo_config)


def _add_miniproject(kinds: Any) -> None:
    parser = kinds.add_parser(
        "miniproject",
        help="the paper's experiment: pairs of noisy thumbnails",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--thumbnails",
        required=True,
        type=Path,
        metavar="FOLDER",
        help="folder of sheets of 32x32 thumbnails and of val.png, a sheet for validation",
    )
    _add_common(parser, batch=32, patch=32, rate=0.4, sigma="28", threads=None)
    parser.set_defaults(make_config=_miniproject_config)


def _add_common(
    parser: Any, *, batch: int, patch: int, rate: float, sigma: str, threads: int | None
) -> None:
    parser.add_argument("--run", dest="folder", type=Path, help="folder of the run")
    parser.add_argument("--steps", type=int, help="end after this many optimizer steps")
    parser.add_argument("--minutes", type=float, help="end after this much training time")
    parser.add_argument("--batch", type=int, default=batch, help="patches a step")
    parser.add_argument("--patch", type=int, default=patch, help="side of a patch in pixels")
    parser.add_argument("--lr", type=float, default=rate, help="highest learning rate")
    parser.add_argument(
        "--sigma", type=_range, default=_range(sigma), help="noise levels, 0-255 scale: LOW-HIGH"
    )
    parser.add_argument("--seed", type=int, default=1, help="decides everything that is random")
    parser.add_argument("--threads", type=int, default=threads, help="processor threads")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    parser.add_argument(
        "--validate-every", type=int, default=1000, help="steps between validations"
    )
    parser.add_argument(
        "--checkpoint-seconds", type=float, default=60.0, help="seconds between checkpoints"
    )


def _range(text: str) -> tuple[float, float]:
    low, _, high = text.partition("-")
    try:
        return float(low), float(high or low)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no noise level; write 25 or 0-55") from None


def _widths(text: str) -> list[int]:
    try:
        return [int(width) for width in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no list of channels; write 32,64,128"
        ) from None


def _photo_config(arguments: argparse.Namespace) -> RunConfig:
    choices = {"widths": arguments.widths, "blocks": arguments.blocks}
    return _run_config(
        arguments,
        "photo",
        arguments.data,
        architecture="photo-unet",
        configuration={name: value for name, value in choices.items() if value is not None},
        average_decay=arguments.average,
        patience=arguments.patience,
    )


def _miniproject_config(arguments: argparse.Namespace) -> RunConfig:
    return _run_config(
        arguments,
        "miniproject",
        [arguments.thumbnails],
        architecture="paper",
        optimizer="sgd",
        schedule="constant",
        loss="mse",
        clip_norm=None,
        average_decay=0.0,
    )


def _run_config(
    arguments: argparse.Namespace, kind: str, folders: list[Path], **recipe: Any
) -> RunConfig:
    from desktop_app.services.training_data import DataConfig
    from desktop_app.services.training_runs import RunConfig
    from scratch_layers.training.config import TrainingConfig

    training = TrainingConfig(
        steps=arguments.steps,
        minutes=arguments.minutes,
        batch_size=arguments.batch,
        learning_rate=arguments.lr,
        validate_every=arguments.validate_every,
        checkpoint_seconds=arguments.checkpoint_seconds,
        seed=arguments.seed,
        **recipe,
    )
    data = DataConfig(
        kind,
        tuple(str(folder.resolve()) for folder in folders),
        patch_size=arguments.patch,
        sigma_255=arguments.sigma,
        validation_sigma_255=25.0 if kind == "photo" else arguments.sigma[1],
    )
    return RunConfig(training, data, arguments.device, arguments.threads)


def run(arguments: argparse.Namespace) -> int:
    """Start or resume a run and show its progress until it ends; return the exit code."""
    if arguments.resume is None and arguments.kind is None:
        arguments.parser.error("say what to train on (see train --help), or --resume RUN")

    from desktop_app.services.errors import AppError
    from scratch_layers.errors import ScratchError

    try:
        training_run = _prepare(arguments)
        return _train(training_run)
    except (AppError, ScratchError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1


def _prepare(arguments: argparse.Namespace) -> TrainingRun:
    from desktop_app.services.training_runs import resume_run, start_run

    if arguments.resume is not None:
        return resume_run(arguments.resume, arguments.new_steps, arguments.new_minutes)
    folder = arguments.folder or Path("runs") / f"{arguments.kind}-{datetime.now():%Y%m%d-%H%M%S}"
    return start_run(folder, arguments.make_config(arguments))


def _train(training_run: TrainingRun) -> int:
    from desktop_app.cli.stop_signals import stop_signals
    from desktop_app.cli.training_display import TrainingDisplay

    display = TrainingDisplay(training_run.folder)
    with stop_signals(training_run.stop):
        for event in training_run.events():
            display.show(event)
    return INTERRUPTED if display.was_stopped else 0
