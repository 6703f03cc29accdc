"""``scratch-denoiser evaluate``: measure a model on a folder of pictures."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.cli import options
from desktop_app.cli.progress import ProgressLine
from desktop_app.services.atomic_files import write_atomically
from desktop_app.services.console import complain, say
from desktop_app.services.errors import AppError
from desktop_app.services.models.model_store import AUTOMATIC, find
from desktop_app.services.pictures import find_pictures
from scratch_layers.models.card import read_card

if TYPE_CHECKING:
    from desktop_app.services.denoising.evaluation import EvaluationEvent, Measurement

DEFAULT_SIGMAS = (15.0, 25.0, 50.0)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its arguments."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a model: PSNR and SSIM over a folder",
        description="Measure a model: PSNR and SSIM of each picture of a folder, and their means. "
        "Gaussian noise is added to clean pictures in floating point, without clipping, and is "
        "the same each time; or, with --pairs, real noisy pictures are compared with clean ones.",
    )
    parser.add_argument("folder", type=options.path, metavar="FOLDER", help="the pictures")
    options.add_model_options(parser)
    parser.add_argument(
        "--sigma",
        type=options.automatic_or(options.sigmas),
        metavar="LEVELS",
        help="noise levels on the 0-255 scale, with commas between them (default: 15,25,50); "
        "with --pairs, the level the model is told (default: auto)",
    )
    parser.add_argument(
        "--sigma-source",
        choices=("known", "estimated"),
        default="known",
        help="tell the model the true noise level, or an estimated one (default: known)",
    )
    parser.add_argument(
        "--pairs",
        metavar="NOISY:CLEAN",
        help="names of real pairs, such as '*_real.png:*_mean.png'",
    )
    parser.add_argument(
        "--held-back",
        action="store_true",
        help="only the tenth of the pictures that training leaves aside",
    )
    parser.add_argument(
        "--seed", type=options.seed, default=0, metavar="N", help="which noise (default: 0)"
    )
    parser.add_argument(
        "--json", type=options.path, metavar="FILE", help="also write all figures to a JSON file"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print a line for each picture and the means, and write the JSON report."""
    if not find_pictures(arguments.folder):
        raise AppError(f"There are no pictures in {arguments.folder}.")
    if arguments.json is not None and not arguments.json.parent.is_dir():
        raise AppError(f"{arguments.json} cannot be written: the folder does not exist.")

    from desktop_app.services.denoising.evaluation import mean_figures, report

    measurements, failed = _measure(_events(arguments))
    for condition, figures in mean_figures(measurements).items():
        count = sum(measured.condition == condition for measured in measurements)
        say(_line(f"mean of {count}", condition, figures))
    if arguments.json is not None:
        content = report(
            measurements,
            model=_model_name(arguments),
            folder=str(arguments.folder),
            pairs=arguments.pairs,
            sigma_source="estimated" if _is_blind(arguments) else "known",
            seed=arguments.seed,
        )
        _write_json(arguments.json, content)
    return 1 if failed else 0


def _model_name(arguments: argparse.Namespace) -> str:
    if arguments.model == AUTOMATIC:
        return AUTOMATIC
    return read_card(find(arguments.model)).name


def _is_blind(arguments: argparse.Namespace) -> bool:
    if arguments.pairs is not None:
        return arguments.sigma is None
    return bool(arguments.sigma_source == "estimated")


def _events(arguments: argparse.Namespace) -> Iterator[EvaluationEvent]:
    from desktop_app.services.denoising.evaluation import evaluate_pairs, evaluate_synthetic

    models = options.model_choice(arguments)
    if arguments.pairs is None:
        return evaluate_synthetic(
            arguments.folder,
            models,
            arguments.sigma or DEFAULT_SIGMAS,
            sigma_source=arguments.sigma_source,
            seed=arguments.seed,
            held_back=arguments.held_back,
            tile=arguments.tile,
        )
    if arguments.held_back:
        raise AppError("--held-back is for clean pictures; leave it out with --pairs.")
    levels = arguments.sigma or [None]
    if len(levels) > 1:
        raise AppError("With --pairs the model is told one noise level; give one, or auto.")
    return evaluate_pairs(
        arguments.folder, arguments.pairs, models, sigma_255=levels[0], tile=arguments.tile
    )


def _measure(events: Iterator[EvaluationEvent]) -> tuple[list[Measurement], bool]:
    """Return the figures, and whether a picture could not be measured."""
    from desktop_app.services.denoising.evaluation import EvaluationFailed, EvaluationStarted

    measurements: list[Measurement] = []
    failed = False
    total = 1
    with ProgressLine() as progress:
        for event in events:
            if isinstance(event, EvaluationStarted):
                total = event.total
                continue
            if isinstance(event, EvaluationFailed):
                failed = True
                progress.clear()
                complain(event.reason)
                continue
            measurements.append(event)
            progress.print(_line(event.name, event.condition, vars(event)))
            progress.update(len(measurements) / total, event.name)
    return measurements, failed


def _line(name: str, condition: str, figures: dict[str, Any]) -> str:
    label = condition if condition == "pairs" else f"sigma {condition}"
    return (
        f"{name:<32} {label:<9} "
        f"noisy {figures['noisy_psnr']:6.2f} dB  SSIM {figures['noisy_ssim']:.4f}   "
        f"denoised {figures['psnr']:6.2f} dB  SSIM {figures['ssim']:.4f}   "
        f"{figures['seconds']:.2f} s"
    )


def _write_json(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    # Names of files need not be text; what they hold instead has an escape in JSON.
    encoded = text.encode("utf-8", "backslashreplace")
    write_atomically(path, lambda stream: stream.write(encoded))
