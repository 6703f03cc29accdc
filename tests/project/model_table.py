"""The README's table of models, made of the cards of the shipped models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PRETRAINED = Path(__file__).resolve().parents[2] / "pretrained"


def model_table() -> str:
    """The table: a line for each model, with its measured PSNR as its card states it."""
    cards = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(PRETRAINED.glob("*.json"))
    ]
    lines = [
        "| Model | What it is for | Measured PSNR | Trained on | File |",
        "|---|---|---|---|---|",
    ]
    return "\n".join(lines + [_line(card) for card in cards])


def _line(card: dict[str, Any]) -> str:
    size = (PRETRAINED / f"{card['name']}.safetensors").stat().st_size / 1e6
    measured = "<br>".join(
        f"{data}: {_figures(levels)}" for data, levels in card["measured"].items()
    )
    cells = [f"`{card['name']}`", card["description"], measured, card["data"], f"{size:.1f} MB"]
    return f"| {' | '.join(cell.replace('|', ' ') for cell in cells)} |"


def _figures(levels: dict[str, dict[str, float]]) -> str:
    return ", ".join(
        f"{figures['psnr']:.2f} dB at sigma {level}"
        if level.isdigit()
        else f"{figures['psnr']:.2f} dB"
        for level, figures in levels.items()
    )
