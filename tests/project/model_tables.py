"""The tables of models in README and docs, made of the cards of the shipped models."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PRETRAINED = Path(__file__).resolve().parents[2] / "pretrained"


def short_table() -> str:
    """A line for each model: what it is for, its measured PSNR, the size of its file."""
    rows = (
        (_name(card), _first_sentence(card["description"]), _measured(card), _size(card))
        for card in _cards()
    )
    return _table(("Model", "What it is for", "Measured PSNR", "File"), rows)


def card_table() -> str:
    """A line for each model: what its card says of its purpose, its data and its licence."""
    rows = (
        (_name(card), card["description"], card["data"], card["licence"], _trained(card))
        for card in _cards()
    )
    return _table(("Model", "What it is for", "Trained on", "Licence", "Training"), rows)


def _cards() -> list[dict[str, Any]]:
    return [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(PRETRAINED.glob("*.json"))
    ]


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', ' ') for cell in line)} |" for line in lines)


def _name(card: dict[str, Any]) -> str:
    return f"`{card['name']}`"


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=\.) ", text, maxsplit=1)[0]


def _size(card: dict[str, Any]) -> str:
    return f"{(PRETRAINED / (card['name'] + '.safetensors')).stat().st_size / 1e6:.1f} MB"


def _trained(card: dict[str, Any]) -> str:
    trained = card["trained"]
    return f"{trained['steps']:,} steps, {trained['minutes']:.0f} minutes"


def _measured(card: dict[str, Any]) -> str:
    return "<br>".join(f"{data}: {_figures(levels)}" for data, levels in card["measured"].items())


def _figures(levels: dict[str, dict[str, float]]) -> str:
    return ", ".join(
        f"{figures['psnr']:.2f} dB at sigma {level}"
        if level.isdigit()
        else f"{figures['psnr']:.2f} dB"
        for level, figures in levels.items()
    )
