"""Mean and spread over several runs of the paper's experiment, each with a seed of its own.

``python -m tests.quality.paper_seeds FOLDER FOLDER ...`` reads what the command
``scratch-denoiser train paper`` wrote to each folder and prints a line for each learning rate.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import mean, stdev

from desktop_app.services.training.paper_experiment import PAPER_PSNR


def table(folders: Iterable[Path]) -> str:
    """Return the table: PSNR in dB, its mean and its standard deviation over the folders."""
    found: dict[float | None, list[float]] = {}
    for folder in folders:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        for row in report["rows"]:
            found.setdefault(row["rate"], []).append(row["psnr"])
    lines = ["| learning rate | runs | PSNR (dB), mean | spread |", "|---|---|---|---|"]
    for rate, values in found.items():
        name = "noisy input" if rate is None else f"{rate:g}"
        spread = f"{stdev(values):.2f}" if len(values) > 1 else ""
        lines.append(f"| {name} | {len(values)} | {mean(values):.2f} | {spread} |")
    lines.append(f"| the paper's best, with its own noise | | {PAPER_PSNR} | |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(map(Path, sys.argv[1:])))
