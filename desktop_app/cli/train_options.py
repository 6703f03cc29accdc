"""The options that all kinds of training share, and the configuration they amount to."""

from __future__ import annotations

import argparse
from dataclasses import fields

from desktop_app.cli import options
from desktop_app.services.training.config import RunConfig
from desktop_app.services.training.data import DataConfig
from desktop_app.services.training.recipes import (
    RECIPES,
    VALIDATION_SIGMA_255,
    Recipe,
    configured_run,
)


def add_train_options(parser: argparse.ArgumentParser, kind: str) -> None:
    """Add the options of the run, the patches and the recipe; defaults are those of the kind."""
    recipe = RECIPES[kind]
    _add_run_options(parser.add_argument_group("the run"), recipe)
    _add_patch_options(parser.add_argument_group("the patches"), recipe)
    _add_recipe_options(parser.add_argument_group("the recipe"), recipe)
    parser.set_defaults(rates=recipe.rates)


def _add_run_options(group: argparse._ArgumentGroup, recipe: Recipe) -> None:
    group.add_argument("--run", dest="folder", type=options.path, help="folder of the run")
    group.add_argument("--steps", type=int, help="end after this many optimizer steps")
    group.add_argument(
        "--minutes", type=float, default=recipe.minutes, help="end after this much training time"
    )
    group.add_argument(
        "--start-from",
        metavar="NAME|FILE",
        help="a model whose weights are the first ones; with larger --widths it is widened",
    )
    group.add_argument(
        "--validate-every",
        type=int,
        default=recipe.validate_every,
        help="steps between validations",
    )
    group.add_argument(
        "--patience", type=int, help="end after this many validations without improvement"
    )
    group.add_argument(
        "--checkpoint-seconds",
        type=float,
        default=recipe.checkpoint_seconds,
        help="seconds between checkpoints",
    )
    group.add_argument(
        "--seed", type=options.seed, default=1, help="decides everything that is random"
    )
    group.add_argument("--threads", type=int, help="processor threads")
    group.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")


def _add_patch_options(group: argparse._ArgumentGroup, recipe: Recipe) -> None:
    group.add_argument(
        "--batch", dest="batch_size", type=int, default=recipe.batch_size, help="patches a step"
    )
    group.add_argument(
        "--patch",
        dest="patch_size",
        type=int,
        default=recipe.patch_size,
        help="side of a patch in pixels",
    )
    group.add_argument(
        "--sigma",
        dest="sigma_255",
        type=_range,
        default=recipe.sigma_255,
        metavar="LOW-HIGH",
        help="levels of the noise that is added, 0-255 scale",
    )


def _add_recipe_options(group: argparse._ArgumentGroup, recipe: Recipe) -> None:
    group.add_argument(
        "--network", dest="architecture", default=recipe.architecture, help="architecture"
    )
    group.add_argument("--widths", type=_widths, help="channels of each level, such as 32,64,128")
    group.add_argument("--blocks", type=int, help="residual blocks at each level")
    group.add_argument("--optimizer", default=recipe.optimizer, help="adam, adamw, muon or sgd")
    group.add_argument(
        "--lr",
        type=float,
        help="highest learning rate; by itself one that suits the optimizer, and less with "
        "--start-from",
    )
    group.add_argument("--momentum", type=float, default=0.0, help="of sgd")
    group.add_argument("--weight-decay", type=float, default=0.0, help="pull of weights to zero")
    group.add_argument("--schedule", default=recipe.schedule, help="cosine, constant or plateau")
    group.add_argument("--loss", default=recipe.loss, help="l1, mse or charbonnier")
    group.add_argument(
        "--precision",
        default="float32",
        help="float32, or bfloat16 for products of rounded factors, which is faster where the "
        "processor multiplies bfloat16",
    )
    group.add_argument(
        "--clip",
        dest="clip_norm",
        type=_limit,
        default=recipe.clip_norm,
        help="largest gradient norm; 0: no limit",
    )
    group.add_argument(
        "--average",
        dest="average_decay",
        type=float,
        default=recipe.average_decay,
        help="decay of averaged weights; 0: no average",
    )


def _limit(text: str) -> float | None:
    return float(text) or None


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
    """Turn the arguments of a new run into its configuration.

    Raises:
        AppError, ScratchError: a value cannot be used.
    """
    network = {"widths": arguments.widths, "blocks": arguments.blocks}
    return configured_run(
        _data_config(arguments),
        Recipe(**{field.name: getattr(arguments, field.name) for field in fields(Recipe)}),
        configuration={name: value for name, value in network.items() if value is not None},
        learning_rate=arguments.lr,
        device=arguments.device,
        threads=arguments.threads,
        start_from=arguments.start_from,
        steps=arguments.steps,
        momentum=arguments.momentum,
        weight_decay=arguments.weight_decay,
        patience=arguments.patience,
        seed=arguments.seed,
        precision=arguments.precision,
    )


def _data_config(arguments: argparse.Namespace) -> DataConfig:
    markers = getattr(arguments, "markers", None)
    is_miniproject = arguments.kind == "miniproject"
    return DataConfig(
        arguments.kind,
        tuple(str(folder.resolve()) for folder in arguments.folders),
        patch_size=arguments.patch_size,
        noise=getattr(arguments, "noise", "gaussian"),
        sigma_255=arguments.sigma_255,
        validation_sigma_255=arguments.sigma_255[1] if is_miniproject else VALIDATION_SIGMA_255,
        markers=None if markers is None else (markers[0], markers[1]),
        clean_targets=getattr(arguments, "clean_targets", False),
    )
