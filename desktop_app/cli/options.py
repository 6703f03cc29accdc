"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from desktop_app.services.folders import typed_path
from desktop_app.services.models.model_choice import ModelChoice
from desktop_app.services.models.model_store import AUTOMATIC, BEST, FAST
from desktop_app.services.pictures.development import MOST_STOPS
from scratch_layers.noise_kinds import HIGHEST_SIGMA_255

Value = TypeVar("Value")

_LARGEST_SEED = 2**63 - 1


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add what chooses a model and where it runs."""
    parser.add_argument(
        "--model",
        default=AUTOMATIC,
        metavar="auto|NAME|FILE",
        help="a model that 'models' lists, or a .safetensors file (default: auto, the one that "
        "suits the noise of each picture)",
    )
    parser.add_argument(
        "--device",
        default="auto",
        metavar="DEVICE",
        help="auto, cpu, cuda, cuda:1 or mps (default: auto, the fastest that works)",
    )
    parser.add_argument(
        "--precision",
        choices=("float32", "bfloat16"),
        default="float32",
        help="numbers the network computes with: bfloat16 is faster on processors that have it and "
        "costs about 0.02 dB (default: float32)",
    )
    parser.add_argument(
        "--quality",
        choices=(FAST, BEST),
        default=FAST,
        help="best: a larger network where there is one, and the mean of four passes over mirrored "
        "copies: 0.1 to 0.5 dB better in four to eleven times the time (default: fast)",
    )
    parser.add_argument(
        "--tile",
        type=automatic_or(tile_size),
        default=None,
        metavar="auto|N",
        help="largest side in pixels of the pieces a picture is cut into (default: auto)",
    )


def model_choice(arguments: argparse.Namespace) -> ModelChoice:
    """Return what the options of :func:`add_model_options` say about the model."""
    return ModelChoice(arguments.model, arguments.device, arguments.precision, arguments.quality)


def automatic_or(read: Callable[[str], Value]) -> Callable[[str], Value | None]:
    """Return a reader that takes ``auto`` for None, and all else as ``read`` does."""

    def reader(text: str) -> Value | None:
        return None if text == "auto" else read(text)

    return reader


def sigma(text: str) -> float:
    """Read a noise level, 0 to 75."""
    return _number(text, "a noise level", 0.0, HIGHEST_SIGMA_255)


def sigmas(text: str) -> list[float]:
    """Read noise levels with commas between them."""
    return list(dict.fromkeys(sigma(part.strip()) for part in text.split(",")))


def percentage(text: str) -> float:
    """Read a percentage, 0 to 100."""
    return _number(text, "a strength", 0.0, 100.0)


def stops(text: str) -> float:
    """Read a change of exposure, -4 to 4 stops."""
    return _number(text, "a number of stops", -MOST_STOPS, MOST_STOPS)


def number(text: str) -> float:
    """Read any finite number."""
    return _number(text, "a number", -math.inf, math.inf)


def tile_size(text: str) -> int:
    """Read the side of a tile, at least 16 pixels."""
    return _whole(text, "a tile size", 16, 65_536)


def megabytes(text: str) -> int:
    """Read an amount of memory, at least 64 MB."""
    return _whole(text, "an amount of memory in MB", 64, 1_000_000)


def seed(text: str) -> int:
    """Read the seed of a random generator."""
    return _whole(text, "a seed", 0, _LARGEST_SEED)


def path(text: str) -> Path:
    """Read a path; a leading ``~`` is the home folder."""
    if not text:
        raise argparse.ArgumentTypeError("a path cannot be empty")
    return typed_path(text)


def _number(text: str, what: str, minimum: float, maximum: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and minimum <= value <= maximum):
        bounds = f" from {minimum:g} to {maximum:g}" if math.isfinite(maximum) else ""
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}{bounds}")
    return value


def _whole(text: str, what: str, minimum: int, maximum: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = minimum - 1
    if not minimum <= value <= maximum:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what} from {minimum} to {maximum}")
    return value
