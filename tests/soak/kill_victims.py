"""The works that are killed, and the process that starts them.

Starting Python and torch takes seconds, so one process does that once and forks a victim for every
line it reads: ``{"work": ..., "folder": ...}``. It answers with the victim's process id, waits for
another line, and then answers with the victim's exit status once it has ended. Until that line the
process id cannot be given to another process.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import traceback
from pathlib import Path

import numpy as np

from desktop_app.services.denoising.batch import BatchSettings, denoise_batch
from desktop_app.services.denoising.batch_files import plan_batch
from desktop_app.services.models.model_choice import ModelChoice
from desktop_app.services.pictures import Picture, save_picture
from desktop_app.services.settings import Settings, save_settings
from desktop_app.services.training import runs
from desktop_app.services.training.config import RunConfig
from desktop_app.services.training.data import DataConfig
from scratch_layers.models import Denoiser, ModelCard, save_model
from scratch_layers.training.config import TrainingConfig

SAVED_ENDINGS = ("jpg", "png", "tif", "webp")
MODEL_CONFIGURATION = {"widths": [4, 4], "blocks": 1}
_SIDE = 96


def save(folder: Path) -> None:
    """Replace pictures, settings and a model again and again; each version is of one value."""
    denoiser = Denoiser.create("photo-unet", MODEL_CONFIGURATION)
    for version in itertools.count():
        value = version % 256
        samples = np.full((_SIDE, _SIDE, 3), value, np.uint8)
        for ending in SAVED_ENDINGS:
            save_picture(Picture(samples), folder / f"picture.{ending}", overwrite=True)
        save_settings(Settings(training_folder=str(value)), folder / "settings.json")
        for _, parameter in denoiser.network.named_parameters():
            parameter.value.fill_(value)
        save_model(folder, denoiser, ModelCard(name="model", title=str(value)))


def batch(folder: Path) -> None:
    """Denoise ``folder/in`` into ``folder/out`` and go on where an earlier victim was."""
    models = ModelChoice(str(folder / "model.safetensors"), "cpu")
    items = plan_batch([folder / "in"], folder / "out")
    for _ in denoise_batch(items, models, BatchSettings(sigma_255=25.0)):
        pass


def train(folder: Path) -> None:
    """Train in ``folder/run`` on ``folder/in``, and go on where an earlier victim was."""
    run_folder = folder / "run"
    if (run_folder / runs.CONFIG_FILE).exists():
        run = runs.resume_run(run_folder)
    else:
        run = runs.start_run(run_folder, _run_config(folder / "in"))
    for _ in run.events():
        pass


def _run_config(photos: Path) -> RunConfig:
    recipe = TrainingConfig(
        configuration={"widths": [4], "blocks": 1},
        steps=40,
        batch_size=2,
        validate_every=10,
        checkpoint_seconds=0.001,
        average_decay=0.9,
    )
    data = DataConfig("photo", (str(photos),), patch_size=16)
    return RunConfig(recipe, data, device="cpu", threads=1)


_WORKS = {"save": save, "batch": batch, "train": train}


def _fork(work: str, folder: Path) -> int:
    process = os.fork()
    if process:
        return process
    try:
        _WORKS[work](folder)
    except BaseException:  # noqa: BLE001 - nothing may run beyond the fork
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def main() -> None:
    """Fork a victim for each line of the standard input."""
    for line in sys.stdin:
        request = json.loads(line)
        process = _fork(request["work"], Path(request["folder"]))
        print(process, flush=True)
        sys.stdin.readline()
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
