"""The experiment of "Implementing our own Modules" (Philippe, Devaud, Kremer; EPFL), reproduced.

The paper's network learns from pairs of noisy 32x32 thumbnails, with plain SGD on the mean squared
error, at several learning rates. What the paper does not say is the noise; here it is Gaussian, of
one level, clipped and rounded to 8 bits.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor

from desktop_app.services.atomic_files import write_atomically
from desktop_app.services.training.config import CONFIG_FILE, RunConfig
from desktop_app.services.training.data import DataConfig
from desktop_app.services.training.reports import sample_sheet
from desktop_app.services.training.runs import TrainingRun, resume_run, start_run
from desktop_app.services.training.thumbnails import noisy_shot, open_thumbnails, validation_shot
from scratch_layers.data.seeding import derived_generator
from scratch_layers.models.denoiser import Denoiser
from scratch_layers.training.checkpoint import LAST, load_checkpoint
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.events import Validated, read_events

PAPER_RATES = (0.05, 0.1, 0.2, 0.3, 0.4)
PAPER_PSNR = 21.38
PAPER_BATCH = 32

_NETWORK = "network/"
_CHUNK = 500
_FIGURE_ROWS = 6
_FIGURE_SCALE = 4


@dataclass(frozen=True)
class PaperExperiment:
    """What is varied, and what the paper leaves open.

    Attributes:
        thumbnails: folder of sheets.
        epochs: passes over the thumbnails that are learned from.
        rates: learning rates, one run each.
        sigma_255: noise level, 0-255 scale.
        held_out_share: part of the thumbnails kept for validation.
        seed: of weights, order and noise.
        threads: processor threads; None: as many as other programs leave.
    """

    thumbnails: Path
    epochs: int = 15
    rates: tuple[float, ...] = PAPER_RATES
    sigma_255: float = 28.0
    held_out_share: float = 0.2
    seed: int = 1
    threads: int | None = None

    def data(self) -> DataConfig:
        """Return the description of the training data."""
        return DataConfig(
            "miniproject",
            (str(self.thumbnails.resolve()),),
            patch_size=32,
            sigma_255=(self.sigma_255, self.sigma_255),
            validation_sigma_255=self.sigma_255,
            held_out_share=self.held_out_share,
        )


@dataclass(frozen=True)
class PaperRow:
    """One line of the table; errors are on the [0, 1] scale, PSNR in dB is the mean over images.

    Attributes:
        rate: learning rate; None for the noisy input itself.
        mse_noisy: mean squared error against a second noisy shot, the loss that was minimised.
        mse_clean: against the truth.
        psnr: against the truth.
    """

    rate: float | None
    mse_noisy: float
    mse_clean: float
    psnr: float


def paper_runs(folder: Path, experiment: PaperExperiment) -> Generator[TrainingRun, None, None]:
    """Yield one run for each learning rate, new or resumed, in ``folder``."""
    learned = len(open_thumbnails(experiment.data()).learned)
    epoch = max(1, learned // PAPER_BATCH)
    for rate in experiment.rates:
        run_folder = rate_folder(folder, rate)
        if (run_folder / CONFIG_FILE).exists():
            yield resume_run(run_folder)
            continue
        training = TrainingConfig(
            architecture="paper",
            steps=experiment.epochs * epoch,
            batch_size=PAPER_BATCH,
            optimizer="sgd",
            learning_rate=rate,
            schedule="constant",
            loss="mse",
            clip_norm=None,
            average_decay=0.0,
            validate_every=epoch,
            seed=experiment.seed,
        )
        config = RunConfig(training, experiment.data(), threads=experiment.threads)
        yield start_run(run_folder, config)


def rate_folder(folder: Path, rate: float) -> Path:
    """Return the folder of the run with a learning rate."""
    return folder / f"rate-{rate:g}"


def write_paper_report(folder: Path, experiment: PaperExperiment) -> list[PaperRow]:
    """Measure all runs on all held-out thumbnails and write table, curves and pictures.

    Writes ``report.json``, ``table.md``, ``curves.png`` and ``figure1.png``.

    Returns:
        The rows of the table, the noisy input first.

    Raises:
        WeightsError: a run has no usable checkpoint.
        WriteError: a file cannot be written.
    """
    truth = open_thumbnails(experiment.data()).held_out
    seed, sigma = experiment.seed, experiment.sigma_255
    shot = validation_shot(truth, sigma, seed)
    second_shot = noisy_shot(truth, sigma, derived_generator(seed, "validation", 2))
    outputs = {rate: _denoised(rate_folder(folder, rate), shot) for rate in experiment.rates}
    rows = [
        _row(None, _unit(shot), second_shot, truth),
        *(_row(rate, output, second_shot, truth) for rate, output in outputs.items()),
    ]
    best = max(rows[1:], key=lambda row: row.psnr)
    content = {"noise": {"kind": "gaussian", "sigma_255": experiment.sigma_255}}
    report = {**content, "epochs": experiment.epochs, "rows": [asdict(row) for row in rows]}
    _write_text(folder / "report.json", json.dumps(report, indent=2) + "\n")
    _write_text(folder / "table.md", table(rows, experiment))
    _write_curves(folder, experiment)
    _write_figure(folder, shot, outputs[best.rate or 0.0], truth)
    return rows


def table(rows: Sequence[PaperRow], experiment: PaperExperiment) -> str:
    """Return the rows as a Markdown table."""
    names = ["noisy input" if row.rate is None else f"{row.rate:g}" for row in rows]
    conditions = (
        f"Gaussian noise of standard deviation {experiment.sigma_255:g} (0-255 scale), clipped and "
        f"rounded to 8 bits; {experiment.epochs} epochs; validation on "
        f"{experiment.held_out_share:.0%} of the thumbnails."
    )
    lines = [
        "| learning rate | MSE to noisy | MSE to clean | PSNR (dB) |",
        "|---|---|---|---|",
        *(
            f"| {name} | {row.mse_noisy:.5f} | {row.mse_clean:.5f} | {row.psnr:.2f} |"
            for name, row in zip(names, rows, strict=True)
        ),
        f"| the paper's best | | | {PAPER_PSNR} |",
        "",
        conditions,
        "",
    ]
    return "\n".join(lines)


def _denoised(run_folder: Path, shots: Tensor) -> Tensor:
    checkpoint = load_checkpoint(run_folder / LAST)
    denoiser = Denoiser.create(checkpoint.config.architecture, checkpoint.config.configuration)
    denoiser.network.load_state_dict(_network_weights(checkpoint.tensors))
    denoiser.network.eval()
    outputs = [denoiser.denoise(_unit(part), 0.0) for part in shots.split(_CHUNK)]
    return torch.cat(outputs).clamp_(0, 1)


def _network_weights(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(_NETWORK): value
        for name, value in tensors.items()
        if name.startswith(_NETWORK)
    }


def _row(rate: float | None, output: Tensor, second_shot: Tensor, truth: Tensor) -> PaperRow:
    errors = _squared_errors(output, truth)
    return PaperRow(
        rate,
        float(_squared_errors(output, second_shot).mean()),
        float(errors.mean()),
        float(-10 * errors.clamp(min=1e-10).log10().mean()),
    )


def _squared_errors(output: Tensor, target: Tensor) -> Tensor:
    """The mean squared error of each picture; the target is uint8."""
    parts = zip(output.split(_CHUNK), target.split(_CHUNK), strict=True)
    return torch.cat([(part - _unit(other)).square().mean((1, 2, 3)) for part, other in parts])


def _unit(pictures: Tensor) -> Tensor:
    return pictures.float() / 255


def _write_text(path: Path, text: str) -> None:
    write_atomically(path, lambda file: file.write(text.encode()))


def _write_curves(folder: Path, experiment: PaperExperiment) -> None:
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot(xlabel="step", ylabel="validation MSE to the truth", yscale="log")
    for rate in experiment.rates:
        events = read_events(rate_folder(folder, rate))
        validations = [event for event in events if isinstance(event, Validated)]
        steps = [event.step for event in validations]
        axes.plot(steps, [event.loss for event in validations], label=f"rate {rate:g}")
    axes.legend()
    canvas: Any = FigureCanvasAgg(figure)
    write_atomically(folder / "curves.png", lambda file: canvas.print_png(file))


def _write_figure(folder: Path, noisy: Tensor, output: Tensor, truth: Tensor) -> None:
    rows = [
        (_enlarged(_unit(noisy[index])), _enlarged(output[index]), _enlarged(_unit(truth[index])))
        for index in range(min(_FIGURE_ROWS, len(truth)))
    ]
    sheet = sample_sheet(rows)
    write_atomically(folder / "figure1.png", lambda file: sheet.save(file, format="PNG"))


def _enlarged(picture: Tensor) -> Tensor:
    return picture.repeat_interleave(_FIGURE_SCALE, 1).repeat_interleave(_FIGURE_SCALE, 2)
