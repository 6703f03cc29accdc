"""``scratch-denoiser denoise``: clean up pictures, one or whole folders."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from desktop_app.cli import options
from desktop_app.cli.progress import ProgressLine
from desktop_app.controllers.progress import format_seconds
from desktop_app.services.console import complain, say
from desktop_app.services.denoising.batch import (
    BatchSettings,
    ItemFinished,
    ItemOutcome,
    ItemProgress,
    denoise_batch,
    summary,
)
from desktop_app.services.denoising.batch_files import BatchItem, plan_batch
from desktop_app.services.denoising.batch_targets import EXISTING_POLICIES, Existing
from desktop_app.services.errors import Remedy
from desktop_app.services.models.model_choice import ModelChoice
from desktop_app.services.pictures.development import (
    HIGHLIGHTS,
    MOST_STOPS,
    WHITE_BALANCES,
    Development,
)
from desktop_app.services.pictures.files.folders import DEFAULT_NAME_PATTERN
from desktop_app.services.pictures.files.formats import format_for_saving

_HINTS: dict[Remedy, str] = {
    "first_frame": "; --first-frame takes the first of them",
    "allow_damaged": "; --allow-damaged takes what can be read of it",
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its arguments."""
    parser = subparsers.add_parser(
        "denoise",
        help="remove noise from pictures",
        description="Remove noise from pictures. Results keep format, depth and metadata.",
    )
    parser.add_argument("inputs", nargs="+", type=options.path, metavar="IN", help="file or folder")
    parser.add_argument(
        "-o",
        "--output",
        type=options.path,
        metavar="OUT",
        help="file for the result of one picture, else a folder, which is made if need be "
        "(default: beside each picture)",
    )
    parser.add_argument(
        "--sigma",
        type=options.automatic_or(options.sigma),
        metavar="auto|0-75",
        help="noise level: standard deviation on the 0-255 scale (default: auto, measured "
        "in each picture)",
    )
    parser.add_argument(
        "--strength",
        type=options.percentage,
        default=100.0,
        metavar="0-100",
        help="how much of the noise to remove, in percent (default: 100)",
    )
    options.add_model_options(parser)
    parser.add_argument(
        "--memory",
        type=options.automatic_or(options.megabytes),
        metavar="auto|MB",
        help="what denoising may take beyond the picture (default: auto, 60 %% of what is free)",
    )
    _add_raw_options(parser)
    _add_file_options(parser)
    parser.set_defaults(run=run)


def _add_raw_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "RAW files of cameras",
        "Noise of Bayer sensors is removed before development. Results are 16-bit TIFF files; "
        "-o photo.dng writes what the sensor would have seen, for other programs to develop.",
    )
    group.add_argument(
        "--white-balance",
        choices=WHITE_BALANCES,
        default="camera",
        help="that of the camera, or one that makes the mean gray (default: camera)",
    )
    group.add_argument(
        "--exposure",
        type=options.stops,
        default=0.0,
        metavar="STOPS",
        help=f"brighter or darker, from {-MOST_STOPS:g} to {MOST_STOPS:g} stops (default: 0)",
    )
    group.add_argument(
        "--highlights",
        choices=HIGHLIGHTS,
        default="clip",
        help="overexposed places become white, or a mix of the colours left (default: clip)",
    )
    group.add_argument(
        "--half-size", action="store_true", help="half the width and height, which is faster"
    )
    group.add_argument(
        "--dng",
        action="store_true",
        help="results in a folder are DNG files wherever they can be; others are as without it",
    )


def _add_file_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-r", "--recursive", action="store_true", help="also look into folders inside folders"
    )
    parser.add_argument(
        "--existing",
        choices=EXISTING_POLICIES,
        help="what to do where a result exists (default: skip for folders, else fail)",
    )
    parser.add_argument(
        "--overwrite",
        dest="existing",
        action="store_const",
        const="overwrite",
        help="the same as --existing overwrite",
    )
    parser.add_argument(
        "--name",
        default=DEFAULT_NAME_PATTERN,
        metavar="PATTERN",
        help=f"names of results in a folder (default: {DEFAULT_NAME_PATTERN})",
    )
    parser.add_argument(
        "--first-frame",
        action="store_true",
        help="take the first picture of animations and files with several pages",
    )
    parser.add_argument(
        "--allow-damaged",
        action="store_true",
        help="take what can be read of damaged files and say what is missing",
    )
    parser.add_argument(
        "--deep",
        action="store_true",
        help="16 bits where the format holds them, else dithered: smooth skies show no steps",
    )
    parser.add_argument(
        "--keep-dates",
        action="store_true",
        help="give results the dates of the files that they were made from",
    )
    parser.add_argument(
        "--hot-pixels",
        action="store_true",
        help="replace single pixels far from all of their neighbours before denoising",
    )


def run(arguments: argparse.Namespace) -> int:
    """Denoise the pictures; return 1 if any of them failed."""
    items = _plan(arguments)
    settings = BatchSettings(
        sigma_255=arguments.sigma,
        strength=arguments.strength,
        tile=arguments.tile,
        memory_budget_mb=arguments.memory or 0,
        existing=arguments.existing or _usual_policy(arguments.inputs),
        first_frame=arguments.first_frame,
        allow_damaged=arguments.allow_damaged,
        development=Development(
            arguments.white_balance,
            arguments.exposure,
            arguments.highlights,
            arguments.half_size,
        ),
        deep=arguments.deep,
        keep_dates=arguments.keep_dates,
        hot_pixels=arguments.hot_pixels,
    )
    models = options.model_choice(arguments)
    models.preload()
    outcomes = _denoise(items, models, settings)
    if len(outcomes) > 1:
        say(summary(outcomes).splitlines()[0])
    return 1 if any(outcome.status == "failed" for outcome in outcomes) else 0


def _usual_policy(inputs: Sequence[Path]) -> Existing:
    return "skip" if any(path.is_dir() for path in inputs) else "fail"


def _plan(arguments: argparse.Namespace) -> list[BatchItem]:
    inputs, output = arguments.inputs, arguments.output
    if output is not None and len(inputs) == 1 and _means_a_file(inputs[0], output):
        format_for_saving(output)
        return [BatchItem(inputs[0], output)]
    return plan_batch(
        inputs,
        output,
        recursive=arguments.recursive,
        pattern=arguments.name,
        as_dng=arguments.dng,
        on_problem=complain,
    )


def _means_a_file(source: Path, output: Path) -> bool:
    return not source.is_dir() and not output.is_dir() and output.suffix != ""


def _denoise(
    items: Sequence[BatchItem], models: ModelChoice, settings: BatchSettings
) -> list[ItemOutcome]:
    outcomes = []
    with ProgressLine() as progress:
        for event in denoise_batch(items, models, settings):
            if isinstance(event, ItemProgress):
                share = (event.index + event.share) / len(items)
                progress.update(share, items[event.index].source.name)
            elif isinstance(event, ItemFinished):
                progress.clear()
                _tell(event.outcome)
                outcomes.append(event.outcome)
    return outcomes


def _tell(outcome: ItemOutcome) -> None:
    source = outcome.item.source
    if outcome.status == "failed":
        hint = _HINTS[outcome.remedy] if outcome.remedy else ""
        complain(f"{outcome.reason.removesuffix('.')}{hint}.")
    elif outcome.status == "skipped":
        say(f"{source}: skipped, {outcome.reason}")
    else:
        noise = ""
        if outcome.sigma_before is not None and outcome.sigma_after is not None:
            noise = f"noise {outcome.sigma_before:.1f} -> {outcome.sigma_after:.1f}, "
        say(f"{source} -> {outcome.item.target} ({noise}{format_seconds(outcome.seconds)})")
        say(f"  {outcome.sentence}")
        for notice in outcome.notices:
            complain(f"{source}: {notice}")
