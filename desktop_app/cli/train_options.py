"""The options that all kinds of training share, and the configuration they amount to."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from desktop_app.cli import options

if TYPE_CHECKING:
    from desktop_app.services.training.config import RunConfig
    from desktop_app.services.training.data import DataConfig
    from scratch_layers.training.config import TrainingConfig

_VALIDATION_SIGMA_255 = 25.0
_RATES = {"muon": (1e-2, 2e-3), "adam": (1e-3, 1e-4), "adamw": (1e-3, 1e-4), "sgd": (1e-1, 1e-2)}
"""Learning rates for fresh and for pretrained weights."""


def add_train_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the run, the patches and the recipe."""
    _add_run_options(parser.add_argument_group("the run"))
    _add_patch_options(parser.add_argument_group("the patches"))
    _add_recipe_options(parser.add_argument_group("the recipe"))


def _add_run_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--run", dest="folder", type=options.path, help="folder of the run")
    group.add_argument("--steps", type=int, help="end after this many optimizer steps")
    group.add_argument("--minutes", type=float, help="end after this much training time")
    group.add_argument(
        "--start-from", metavar="NAME|FILE", help="a model whose weights are the first ones"
    )
    group.add_argument("--validate-every", type=int, default=1000, help="steps between validations")
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


def _add_patch_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--batch", type=int, default=16, help="patches a step")
    group.add_argument("--patch", type=int, default=64, help="side of a patch in pixels")
    group.add_argument(
        "--sigma",
        type=_range,
        default=(0.0, 55.0),
        metavar="LOW-HIGH",
        help="levels of the noise that is added, 0-255 scale",
    )


def _add_recipe_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--network", default="photo-unet", help="architecture")
    group.add_argument("--widths", type=_widths, help="channels of each level, such as 32,64,128")
    group.add_argument("--blocks", type=int, help="residual blocks at each level")
    group.add_argument("--optimizer", default="muon", help="adam, adamw, muon or sgd")
    group.add_argument(
        "--lr",
        type=float,
        help="highest learning rate; by itself one that suits the optimizer, and less with "
        "--start-from",
    )
    group.add_argument("--momentum", type=float, default=0.0, help="of sgd")
    group.add_argument("--weight-decay", type=float, default=0.0, help="pull of weights to zero")
    group.add_argument("--schedule", default="cosine", help="cosine, constant or plateau")
    group.add_argument("--loss", default="l1", help="l1, mse or charbonnier")
    group.add_argument(
        "--precision",
        default="float32",
        help="float32, or bfloat16 for products of rounded factors, which is faster where the "
        "processor multiplies bfloat16",
    )
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


def run_config(arguments: argparse.Namespace) -> RunConfig:
    """Turn the arguments of a new run into its configuration; this imports torch.

    Raises:
        AppError, ScratchError: a value cannot be used.
    """
    from desktop_app.services.training.config import RunConfig

    data = _data_config(arguments)
    return RunConfig(
        _training_config(arguments, data.objective),
        data,
        arguments.device,
        arguments.threads,
        arguments.start_from,
    )


def _data_config(arguments: argparse.Namespace) -> DataConfig:
    from desktop_app.services.training.data import DataConfig

    markers = getattr(arguments, "markers", None)
    is_miniproject = arguments.kind == "miniproject"
    return DataConfig(
        arguments.kind,
        tuple(str(folder.resolve()) for folder in arguments.folders),
        patch_size=arguments.patch,
        noise=getattr(arguments, "noise", "gaussian"),
        sigma_255=arguments.sigma,
        validation_sigma_255=arguments.sigma[1] if is_miniproject else _VALIDATION_SIGMA_255,
        markers=None if markers is None else (markers[0], markers[1]),
        clean_targets=getattr(arguments, "clean_targets", False),
    )


def _learning_rate(arguments: argparse.Namespace) -> float:
    """The rate that was asked for, or else the one for fresh or for pretrained weights."""
    if arguments.lr is not None:
        return float(arguments.lr)
    rates = getattr(arguments, "rates", None) or _RATES.get(arguments.optimizer, _RATES["adam"])
    return float(rates[0] if arguments.start_from is None else rates[1])


def _training_config(arguments: argparse.Namespace, objective: str) -> TrainingConfig:
    from scratch_layers.training.config import TrainingConfig

    configuration = {"widths": arguments.widths, "blocks": arguments.blocks}
    return TrainingConfig(
        architecture=arguments.network,
        configuration={key: value for key, value in configuration.items() if value is not None},
        steps=arguments.steps,
        minutes=arguments.minutes,
        batch_size=arguments.batch,
        optimizer=arguments.optimizer,
        learning_rate=_learning_rate(arguments),
        momentum=arguments.momentum,
        weight_decay=arguments.weight_decay,
        schedule=arguments.schedule,
        objective=objective,
        loss=arguments.loss,
        clip_norm=arguments.clip or None,
        average_decay=arguments.average,
        validate_every=arguments.validate_every,
        checkpoint_seconds=arguments.checkpoint_seconds,
        patience=arguments.patience,
        seed=arguments.seed,
        precision=arguments.precision,
    )
