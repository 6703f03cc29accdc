"""The table of quality, as Markdown and JSON, and sheets of crops to look at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from desktop_app.services.atomic_files import write_atomically
from tests.quality.figures import Figures

_CELL = 160
"""Side in pixels of a crop on a sheet."""


@dataclass(frozen=True)
class Measured:
    """The figures of one method on one picture."""

    set_title: str
    condition: str
    method: str
    picture: str
    figures: Figures


def markdown(rows: Sequence[Measured]) -> str:
    """Return the table: means over the pictures of each set, condition and method."""
    lines = [
        "| Set | Noise | Method | Pictures | PSNR (dB) | SSIM | Texture | Colour shift |",
        "|---|---|---|--:|--:|--:|--:|--:|",
    ]
    keys = dict.fromkeys((row.set_title, row.condition, row.method) for row in rows)
    for key in keys:
        figures = [r.figures for r in rows if (r.set_title, r.condition, r.method) == key]
        means = [
            fmean(getattr(one, name) for one in figures)
            for name in ("psnr", "ssim", "texture", "colour_shift")
        ]
        psnr, ssim, texture, shift = means
        lines.append(
            f"| {' | '.join(key)} | {len(figures)} | {psnr:.2f} | {ssim:.4f} | {texture:.2f} "
            f"| {shift:.2f} |"
        )
    return "\n".join(lines)


def write(rows: Sequence[Measured], about: dict[str, Any], folder: Path) -> None:
    """Write ``quality.md`` and ``quality.json``."""
    head = ", ".join(f"{name}: {value}" for name, value in about.items())
    page = f"{head}\n\n{markdown(rows)}\n"
    content = {**about, "rows": [asdict(row) for row in rows]}
    for name, text in (("quality.md", page), ("quality.json", json.dumps(content, indent=1))):
        encoded = text.encode()
        write_atomically(folder / name, lambda stream, data=encoded: stream.write(data))


def write_sheet(results: Sequence[Sequence[Tensor]], path: Path) -> None:
    """Write a sheet with a row for each picture and a crop of its middle for each method."""
    rows = [torch.cat([_cell(result) for result in row], dim=2) for row in results]
    sheet = torch.cat(rows, dim=1).permute(1, 2, 0).mul(255).round().byte().numpy()
    Image.fromarray(sheet).save(path)


def _cell(image: Tensor) -> Tensor:
    """The middle of (1, 3, H, W), with gray where the picture is smaller."""
    cell = torch.full((3, _CELL, _CELL), 0.5)
    height, width = (min(_CELL, size) for size in image.shape[2:])
    top, left = (image.shape[2] - height) // 2, (image.shape[3] - width) // 2
    crop = image[0, :, top : top + height, left : left + width].clamp(0, 1)
    cell[:, :height, :width] = crop
    return cell
