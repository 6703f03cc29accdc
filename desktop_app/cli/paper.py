"""``scratch-denoiser train paper``: the experiment of the paper, as one command."""

from __future__ import annotations

import argparse
from pathlib import Path

from desktop_app.cli import options
from desktop_app.services.console import say


def add_kind(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the experiment to the kinds of training."""
    parser = kinds.add_parser(
        "paper",
        help="the paper's whole experiment: one run for each learning rate, table and pictures",
        description="Reproduce the paper's experiment. Given again, the command goes on where it "
        "was stopped.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--thumbnails",
        required=True,
        type=options.path,
        metavar="FOLDER",
        help="folder of sheets of 32x32 thumbnails",
    )
    parser.add_argument(
        "--run", dest="folder", type=options.path, default=Path("runs/paper"), help="results"
    )
    parser.add_argument("--epochs", type=int, default=15, help="passes over the thumbnails")
    parser.add_argument(
        "--rates", type=_rates, default=(0.05, 0.1, 0.2, 0.3, 0.4), help="learning rates"
    )
    parser.add_argument("--sigma", type=options.sigma, default=28.0, help="noise level, 0-75")
    parser.add_argument("--seed", type=options.seed, default=1, help="of everything random")
    parser.add_argument("--threads", type=int, help="processor threads")
    parser.set_defaults(run=run)


def _rates(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(rate) for rate in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no list of learning rates; write 0.05,0.1"
        ) from None


def run(arguments: argparse.Namespace) -> int:
    """Run or go on with the experiment and print its table; return the exit code.

    Raises:
        AppError, ScratchError, OSError: the experiment cannot be done.
    """
    from desktop_app.cli.training_display import show_training
    from desktop_app.services.training.paper_experiment import (
        PaperExperiment,
        paper_runs,
        table,
        write_paper_report,
    )

    experiment = PaperExperiment(
        arguments.thumbnails,
        epochs=arguments.epochs,
        rates=arguments.rates,
        sigma_255=arguments.sigma,
        seed=arguments.seed,
        threads=arguments.threads,
    )
    for training_run in paper_runs(arguments.folder, experiment):
        code = show_training(training_run)
        if code:
            return code
    rows = write_paper_report(arguments.folder, experiment)
    say(table(rows, experiment))
    return 0
