"""``scratch-denoiser noise``: add synthetic noise to a picture."""

from __future__ import annotations

import argparse

from desktop_app.cli import options
from desktop_app.services.console import say
from desktop_app.services.denoising.noising import PICTURE_NOISES, add_noise_to_picture
from desktop_app.services.errors import TargetExistsError
from desktop_app.services.pictures import open_picture, save_picture
from desktop_app.services.pictures.files.formats import format_for_saving


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its arguments."""
    parser = subparsers.add_parser(
        "noise",
        help="add synthetic noise to a picture",
        description="Add synthetic noise to a picture, to try denoising where the truth is known.",
    )
    parser.add_argument("input", type=options.path, metavar="IN", help="the picture")
    parser.add_argument(
        "-o", "--output", type=options.path, required=True, metavar="OUT", help="the noisy picture"
    )
    parser.add_argument(
        "--kind",
        choices=PICTURE_NOISES,
        default="gaussian",
        help="kind of noise (default: gaussian)",
    )
    parser.add_argument(
        "--level",
        type=options.number,
        metavar="N",
        help="; ".join(
            f"{name}: {noise.minimum:g}-{noise.maximum:g} {noise.unit.replace('%', '%%')} "
            f"(default {noise.default:g})"
            for name, noise in PICTURE_NOISES.items()
        ),
    )
    parser.add_argument(
        "--seed", type=options.seed, default=0, metavar="N", help="which noise (default: 0)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the noisy picture."""
    format_for_saving(arguments.output)
    if arguments.output.exists() and not arguments.overwrite:
        raise TargetExistsError(arguments.output)
    picture = open_picture(arguments.input)
    noisy = add_noise_to_picture(picture, arguments.kind, arguments.level, arguments.seed)
    save_picture(noisy, arguments.output, overwrite=arguments.overwrite)
    say(f"{arguments.input} -> {arguments.output}")
    return 0
