"""``scratch-denoiser train``: train a network on folders of pictures, or go on with a run."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.cli import options

if TYPE_CHECKING:
    from desktop_app.services.training_runs import RunConfig, TrainingRun
    from scratch_layers.training.config import TrainingConfig

_USAGE, _INTERRUPTED = 2, 130


class _HelpFormatter(argparse.ArgumentDefaultsHelpFormatter):
    """Shows defaults, where there are any."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help if action.default is None else super()._get_help_string(action)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``train`` and its kinds of data."""
    parser = subparsers.add_parser(
        "train",
        help="train a network on your own pictures",
        description="Train a network, or go on with a run that was stopped: train --resume RUN.",
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
    _add_photo(kinds)
    _add_miniproject(kinds)
    parser.set_defaults(run=run)


def _add_photo(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "photo",
        help="clean photos; noise is added while training",
        formatter_class=_HelpFormatter,
    )
    parser.add_argument(
        "--data",
        action="append",
        required=True,
        type=options.path,
        metavar="FOLDER",
        help="folder of clean photos, searched with the folders in it; may be given again",
    )
    _add_run_options(parser)
    _add_data_options(parser)
    _add_recipe_options(parser)
    parser.set_defaults(make_config=_photo_config)


def _add_miniproject(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "miniproject",
        help="the paper's experiment: pairs of noisy thumbnails",
        formatter_class=_HelpFormatter,
    )
    parser.add_argument(
        "--thumbnails",
        required=True,
        type=options.path,
        metavar="FOLDER",
        help="folder of sheets of 32x32 thumbnails and of val.png, a sheet for validation",
    )
    _add_run_options(parser)
    _add_data_options(parser)
    _add_recipe_options(parser)
    parser.set_defaults(
        make_config=_miniproject_config,
        batch=32,
        patch=32,
        sigma=(28.0, 28.0),
        network="paper",
        lr=0.4,
        optimizer="sgd",
        schedule="constant",
        loss="mse",
        clip=0.0,
        average=0.0,
    )


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the run")
    group.add_argument("--run", dest="folder", type=options.path, help="folder of the run")
    group.add_argument("--steps", type=int, help="end after this many optimizer steps")
    group.add_argument("--minutes", type=float, help="end after this much training time")
    group.add_argument("--validate-every", type=int, default=1000, help="steps in between")
    group.add_argument(
        "--patience", type=int, help="end after this many validations without improvement"
    )
    group.add_argument(
        "--checkpoint-seconds", type=float, default=60.0, help="seconds between checkpoints"
    )
    group.add_argument(
        "--seed", type=options.seed, default=1, help="decides everything that is random"
    )
    group.add_argument("--threads", type=int, help="processor threads")
    group.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")


def _add_data_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the data")
    group.add_argument("--batch", type=int, default=16, help="patches a step")
    group.add_argument("--patch", type=int, default=64, help="side of a patch in pixels")
    group.add_argument(
        "--sigma",
        type=_range,
        default=(0.0, 55.0),
        help="noise levels on the 0-255 scale, LOW-HIGH or one for all",
    )


def _add_recipe_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the recipe")
    group.add_argument("--network", default="photo-unet", help="architecture")
    group.add_argument("--widths", type=_widths, help="channels of each level, such as 32,64,128")
    group.add_argument("--blocks", type=int, help="residual blocks at each level")
    group.add_argument("--optimizer", default="adam", help="adam, adamw or sgd")
    group.add_argument("--lr", type=float, default=1e-3, help="highest learning rate")
    group.add_argument("--momentum", type=float, default=0.0, help="of sgd")
    group.add_argument("--weight-decay", type=float, default=0.0, help="pull of weights to zero")
    group.add_argument("--schedule", default="cosine", help="cosine, constant or plateau")
    group.add_argument("--loss", default="l1", help="l1, mse or charbonnier")
    group.add_argument("--clip", type=float, default=1.0, help="largest gradient norm; 0: no limit")
    group.add_argument(
        "--average", type=float, default=0.999, help="decay of averaged weights; 0: no average"
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
    return _run_config(arguments, "photo", arguments.data, validation_sigma_255=25.0)


def _miniproject_config(arguments: argparse.Namespace) -> RunConfig:
    folders = [arguments.thumbnails]
    return _run_config(arguments, "miniproject", folders, validation_sigma_255=arguments.sigma[1])


def _run_config(
    arguments: argparse.Namespace, kind: str, folders: list[Path], validation_sigma_255: float
) -> RunConfig:
    from desktop_app.services.training_data import DataConfig
    from desktop_app.services.training_runs import RunConfig

    data = DataConfig(
        kind,
        tuple(str(folder.resolve()) for folder in folders),
        patch_size=arguments.patch,
        sigma_255=arguments.sigma,
        validation_sigma_255=validation_sigma_255,
    )
    return RunConfig(_training_config(arguments), data, arguments.device, arguments.threads)


def _training_config(arguments: argparse.Namespace) -> TrainingConfig:
    from scratch_layers.training.config import TrainingConfig

    configuration = {"widths": arguments.widths, "blocks": arguments.blocks}
    return TrainingConfig(
        architecture=arguments.network,
        configuration={key: value for key, value in configuration.items() if value is not None},
        steps=arguments.steps,
        minutes=arguments.minutes,
        batch_size=arguments.batch,
        optimizer=arguments.optimizer,
        learning_rate=arguments.lr,
        momentum=arguments.momentum,
        weight_decay=arguments.weight_decay,
        schedule=arguments.schedule,
        loss=arguments.loss,
        clip_norm=arguments.clip or None,
        average_decay=arguments.average,
        validate_every=arguments.validate_every,
        checkpoint_seconds=arguments.checkpoint_seconds,
        patience=arguments.patience,
        seed=arguments.seed,
    )


def run(arguments: argparse.Namespace) -> int:
    """Start or resume a run and show its progress until it ends; return the exit code.

    Raises:
        AppError, ScratchError, OSError: the run cannot be started or must end early.
    """
    if arguments.resume is None and arguments.kind is None:
        print("Say what to train on, or --resume RUN; see train --help.", file=sys.stderr)
        return _USAGE
    return _train(_prepare(arguments))


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
    return _INTERRUPTED if display.was_stopped else 0
