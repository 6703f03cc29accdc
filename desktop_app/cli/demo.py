"""``scratch-denoiser demo``: the whole way from a clean photo to a noisy one and back, measured."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.cli import options
from desktop_app.cli.progress import ProgressLine
from desktop_app.controllers.progress import format_seconds
from desktop_app.services.console import say
from desktop_app.services.denoising.denoise import DenoisingOptions, denoise
from desktop_app.services.denoising.events import PartDone, Steps
from desktop_app.services.denoising.noising import add_noise_to_picture
from desktop_app.services.errors import AppError
from desktop_app.services.pictures import open_picture, save_picture
from desktop_app.services.resources import sample_picture

if TYPE_CHECKING:
    from desktop_app.services.pictures import Picture

DEFAULT_FOLDER = Path("sample-results")
SIGMA_255 = 25.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its arguments."""
    parser = subparsers.add_parser(
        "demo",
        help="add noise to the sample picture and denoise it",
        description="Add noise to the sample picture, denoise it, and compare both with the "
        "original. Results of an earlier demo are replaced.",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=options.path,
        default=DEFAULT_FOLDER,
        metavar="FOLDER",
        help=f"folder for the pictures (default: {DEFAULT_FOLDER})",
    )
    options.add_model_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the noisy and the denoised picture and print their figures."""
    folder: Path = arguments.output
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise AppError(f"{folder} is a file; choose a folder for the results.") from None
    models = options.model_choice(arguments)
    models.preload()
    clean = open_picture(sample_picture())
    say(f"original  {sample_picture()}")
    noisy = add_noise_to_picture(clean, "gaussian", SIGMA_255)
    _save(noisy, clean, folder / "noisy.png", f"Gaussian noise, sigma {SIGMA_255:g}")
    steps = Steps(denoise(noisy, models, DenoisingOptions(tile=arguments.tile)))
    with ProgressLine() as progress:
        for step in steps:
            if isinstance(step, PartDone):
                progress.update(step.fraction, "denoising")
    result = steps.result
    how = f"{result.sentence.removesuffix('.')}, {format_seconds(result.seconds)}"
    _save(result.picture, clean, folder / "denoised.png", how)
    return 0


def _save(picture: Picture, clean: Picture, path: Path, how: str) -> None:
    from desktop_app.services.pictures.pixels import measure

    save_picture(picture, path, overwrite=True)
    psnr, ssim = measure(picture, clean)
    figures = f"PSNR {psnr:.2f} dB, SSIM {ssim:.4f}"
    say(f"{path.stem:<9} {path.resolve()}\n          {figures} ({how})")
