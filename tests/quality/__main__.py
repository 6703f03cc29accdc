"""Measures the quality of the models beside other denoisers, and draws sheets of crops to look at.

``python -m tests.quality --clean CBSD68=FOLDER --pairs 'CC15=FOLDER=*_real.png:*_mean.png'``; with
``make quality``, the sets stand in the variable SETS. BM3D and OpenCV take part where the extra
``bench`` is installed, each at the level that suits it best.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from torch import Tensor

from tests.benchmarks.machine import processor
from tests.quality.figures import measure
from tests.quality.methods import all_methods
from tests.quality.report import Measured, markdown, write, write_sheet
from tests.quality.sets import CleanSet, PairSet, SensorSet

_SHEET_PICTURES = 8


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what the arguments ask for; return the exit code."""
    arguments = _parser().parse_args(argv)
    sets = [*arguments.clean, *arguments.gray, *arguments.pairs, *arguments.sensors]
    if not sets:
        print(
            "Name a set of pictures: --clean, --gray, --pairs or --sensors; see --help.",
            file=sys.stderr,
        )
        return 2
    arguments.output.mkdir(parents=True, exist_ok=True)
    methods = all_methods(arguments.models)
    rows: list[Measured] = []
    for pictures in sets:
        sheets: dict[str, list[list[Tensor]]] = {}
        for example in pictures.examples(arguments.crop):
            results = {title: method(example) for title, method in methods.items()}
            for title, result in results.items():
                figures = measure(result, example.clean)
                rows.append(
                    Measured(pictures.title, example.condition, title, example.name, figures)
                )
            sheet = sheets.setdefault(example.condition, [])
            if len(sheet) < _SHEET_PICTURES:
                sheet.append([*results.values(), example.clean])
            print(f"{pictures.title}, {example.condition}: {example.name}", flush=True)
        for condition, results_of_set in sheets.items():
            name = f"{pictures.title}-{condition.replace(' ', '-')}.png"
            write_sheet(results_of_set, arguments.output / name)
        # After every set, so that a run that is broken off still leaves a report.
        write(rows, _about(arguments.crop, [*methods, "truth"]), arguments.output)
    print(markdown(rows))
    return 0


def _about(crop: int, columns: Sequence[str]) -> dict[str, str]:
    return {
        "date": datetime.now(timezone.utc).date().isoformat(),
        "processor": processor(),
        "pictures": f"their middle {crop} x {crop} pixels" if crop else "whole",
        "columns of the sheets": ", ".join(columns).replace("`", ""),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.quality", description=__doc__)
    for option, made, metavar, words in (
        (
            "--clean",
            lambda text: CleanSet(*_parts(text, 2)),
            "TITLE=FOLDER",
            "clean pictures, to which white noise is added",
        ),
        (
            "--gray",
            lambda text: CleanSet(*_parts(text, 2), is_gray=True),
            "TITLE=FOLDER",
            "the same with their luma alone, and one noise for all channels",
        ),
        (
            "--pairs",
            lambda text: PairSet(*_parts(text, 3)),
            "TITLE=FOLDER=NOISY:CLEAN",
            "real pairs and their names, such as '*_real.png:*_mean.png'",
        ),
        (
            "--sensors",
            lambda text: SensorSet(*_parts(text, 2)),
            "TITLE=FOLDER",
            "clean pictures, made into RAW files with the noise of a sensor",
        ),
    ):
        parser.add_argument(
            option, action="append", default=[], type=made, metavar=metavar, help=words
        )
    parser.add_argument(
        "--models",
        nargs="+",
        default=["auto"],
        metavar="NAME",
        help="models to measure (default: auto)",
    )
    parser.add_argument(
        "--crop", type=int, default=0, help="measure on the middle so many pixels (default: all)"
    )
    parser.add_argument("--output", type=Path, default=Path("quality-results"), metavar="FOLDER")
    return parser


def _parts(text: str, count: int) -> list[str | Path]:
    title, *others = text.split("=", count - 1)
    if len(others) != count - 1:
        raise argparse.ArgumentTypeError(f"{text!r} has not {count} parts with = between them")
    return [title, Path(others[0]), *others[1:]]


if __name__ == "__main__":
    sys.exit(main())
