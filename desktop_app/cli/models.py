"""``scratch-denoiser models``: the models that can be chosen, with their cards."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from desktop_app.services.console import complain, say
from desktop_app.services.models.model_store import ModelEntry, list_models


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its arguments."""
    parser = subparsers.add_parser(
        "models",
        help="list the models with their cards",
        description="List the models that can be chosen, with what each is for and its figures.",
    )
    parser.add_argument("--json", action="store_true", help="print the complete cards as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the list; models that cannot be read are named on standard error."""
    problems: list[str] = []
    entries = list_models(problems.append)
    if arguments.json:
        cards = [{**asdict(entry.card), "path": str(entry.path)} for entry in entries]
        say(json.dumps(cards, indent=2))
    elif entries:
        say("\n\n".join("\n".join(_lines(entry)) for entry in entries))
    else:
        say("No model is installed.")
    for problem in problems:
        complain(problem)
    return 1 if problems else 0


def _lines(entry: ModelEntry) -> Iterator[str]:
    card = entry.card
    yield f"{entry.name}: {entry.title}"
    if card.description:
        yield f"  {card.description}"
    if entry.is_for_sensors:
        yield "  noise: sensor, in RAW files, of any sensitivity"
    else:
        lowest, highest = card.noise.get("sigma_255", (0, 0))
        yield f"  noise: {card.noise.get('kind', 'unknown')}, sigma {lowest:g} to {highest:g}"
    for name, figures in card.measured.items():
        yield f"  {name}: {'; '.join(_figures(figures))}"
    yield f"  file: {entry.path}"


def _figures(figures: dict[str, Any]) -> Iterator[str]:
    for condition, values in figures.items():
        label = f"sigma {condition}" if condition.replace(".", "", 1).isdigit() else condition
        yield f"{label} {values['psnr']:.2f} dB, SSIM {values['ssim']:.4f}"
