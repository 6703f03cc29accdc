"""What a run shows to people: loss curves, sample pictures, and the model with its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from desktop_app.services.atomic_files import remove_leftovers, write_atomically
from desktop_app.services.training.sample_rows import GAP, ROW_HEIGHTS
from scratch_layers.data.camera.development import SRGB
from scratch_layers.data.camera.mosaic import demosaic_bayer
from scratch_layers.models import ModelCard, save_model
from scratch_layers.models.denoiser import Denoiser
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.events import StepDone, Validated, read_events

CURVES = "curves.png"
SAMPLES = "samples"
MODEL_FOLDER = "model"

_MOST_POINTS = 1000
_LEAST_WHITE = 0.02


# Matplotlib keeps its font files open for every thread that ever drew, and each training in the
# window has a thread of its own.
_drawing_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="curves")


def write_curves(run_folder: Path) -> Path:
    """Draw training loss and validation PSNR over the steps of a run.

    Raises:
        WriteError: the picture cannot be written.
    """
    return _drawing_thread.submit(_draw_curves, run_folder).result()


def _draw_curves(run_folder: Path) -> Path:
    events = read_events(run_folder)
    figure = Figure(figsize=(8, 5), layout="constrained")
    loss_axes = figure.add_subplot()
    _plot_loss(loss_axes, [event for event in events if isinstance(event, StepDone)])
    validations = [event for event in events if isinstance(event, Validated)]
    if validations:
        psnr_axes = loss_axes.twinx()
        psnr_axes.set_ylabel("validation PSNR (dB)", color="tab:orange")
        steps = [event.step for event in validations]
        psnr_axes.plot(steps, [event.psnr for event in validations], "o-", color="tab:orange")
    path = run_folder / CURVES
    canvas: Any = FigureCanvasAgg(figure)
    write_atomically(path, lambda file: canvas.print_png(file))
    return path


def _plot_loss(axes: Any, steps: Sequence[StepDone]) -> None:
    axes.set_xlabel("step")
    axes.set_ylabel("training loss", color="tab:blue")
    if not steps:
        return
    group = max(1, len(steps) // _MOST_POINTS)
    groups = [steps[start : start + group] for start in range(0, len(steps), group)]
    means = [sum(event.loss for event in part) / len(part) for part in groups]
    axes.plot([part[-1].step for part in groups], means, color="tab:blue", linewidth=1)
    if all(mean > 0 for mean in means):
        axes.set_yscale("log")


def write_samples(
    run_folder: Path, step: int, rows: Sequence[tuple[Tensor, Tensor, Tensor]]
) -> Path:
    """Write a picture with one row "noisy | denoised | clean" for each validation example.

    Args:
        rows: three tensors in [0, 1] each, (3, H, W), or stabilised mosaics (1, H, W), which are
            shown as the photos that they would become.

    Raises:
        WriteError: the picture cannot be written.
    """
    folder = run_folder / SAMPLES
    folder.mkdir(exist_ok=True)
    path = folder / f"step_{step:09d}.png"
    rows = [_developed(row) if row[0].shape[0] == 1 else row for row in rows]
    picture = sample_sheet(rows)
    heights = PngInfo()
    heights.add_text(ROW_HEIGHTS, ",".join(str(row[0].shape[1]) for row in rows))

    def save(file: BinaryIO) -> None:
        picture.save(file, format="PNG", pnginfo=heights)

    write_atomically(path, save)
    return path


def _developed(row: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Develop stabilised RGGB mosaics (1, H, W), which run like the square root of light.

    What is dark is brightened, all three alike, until a hundredth of the clean one is white.
    """
    lights = [demosaic_bayer(mosaic.square().expand(3, -1, -1), (0, 0)) for mosaic in row]
    white = max(float(lights[-1].quantile(0.99)), _LEAST_WHITE)
    noisy, denoised, clean = (SRGB.to_photo((light / white).clamp(0, 1)) for light in lights)
    return noisy, denoised, clean


def sample_sheet(rows: Sequence[tuple[Tensor, Tensor, Tensor]]) -> Image.Image:
    """Arrange rows of three (3, H, W) tensors in [0, 1] on white."""
    height = sum(row[0].shape[1] + GAP for row in rows) - GAP
    width = max(3 * row[0].shape[2] + 2 * GAP for row in rows)
    sheet = torch.ones(3, height, width)
    top = 0
    for row in rows:
        for column, picture in enumerate(row):
            _, picture_height, picture_width = picture.shape
            left = column * (picture_width + GAP)
            sheet[:, top : top + picture_height, left : left + picture_width] = picture
        top += row[0].shape[1] + GAP
    pixels = sheet.mul(255).round_().to(torch.uint8).permute(1, 2, 0).contiguous()
    return Image.fromarray(pixels.numpy())


def export_model(
    run_folder: Path, config: TrainingConfig, weights: Mapping[str, Tensor], card: ModelCard
) -> Path:
    """Write ``weights`` and ``card`` as a model that the application can load.

    Raises:
        OSError: the files cannot be written; a model from before is intact.
    """
    folder = run_folder / MODEL_FOLDER
    folder.mkdir(exist_ok=True)
    remove_leftovers(folder)
    denoiser = Denoiser.create(config.architecture, config.configuration)
    denoiser.network.load_state_dict(weights)
    save_model(folder, denoiser, card)
    return folder / f"{card.name}.safetensors"
