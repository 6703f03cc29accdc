"""What killed work leaves behind, and what is wrong with it."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from desktop_app.services.errors import AppError
from desktop_app.services.pictures import open_picture
from desktop_app.services.settings import load_settings
from desktop_app.services.training.config import read_config
from scratch_layers.errors import ScratchError
from scratch_layers.models import Denoiser, ModelCard, load_model, save_model
from scratch_layers.training.checkpoint import BEST, LAST, load_checkpoint
from scratch_layers.training.events import read_events
from tests.soak.kill_victims import MODEL_CONFIGURATION, SAVED_ENDINGS

_SUBTRACTED = 10
_PHOTOS = 8

LetLive = Callable[[str, Path], int]


class Remains(ABC):
    """The folder that victims of one kind work in.

    Attributes:
        work: what the victims do; a name that :mod:`tests.soak.kill_victims` knows.
        longest: the victims are killed within this many seconds.
    """

    work: str
    longest: float

    def __init__(self, folder: Path, let_live: LetLive) -> None:
        self.folder = folder
        self._let_live = let_live

    def prepare(self) -> None:
        """Make the folder anew, with everything that the work needs."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()

    @abstractmethod
    def problems(self) -> list[str]:
        """Say what is wrong with what a victim has left; nothing is repaired."""

    @abstractmethod
    def finish(self) -> list[str]:
        """Bring the work to its end, unkilled, and say what is wrong with the result."""


class SaveRemains(Remains):
    """Files that are replaced again and again."""

    work = "save"
    longest = 0.3

    def problems(self) -> list[str]:
        """Every file under its final name must be one whole version."""
        found = []
        for ending in SAVED_ENDINGS:
            path = self.folder / f"picture.{ending}"
            if path.exists():
                found += _picture_problems(path)
        settings, complaint = load_settings(self.folder / "settings.json")
        if complaint:
            found.append(complaint)
        elif settings.training_folder and not settings.training_folder.isdigit():
            found.append(f"the settings hold {settings.training_folder!r}")
        return found + _model_problems(self.folder / "model.safetensors")

    def finish(self) -> list[str]:
        """This work has no end."""
        return self.problems()


def _picture_problems(path: Path) -> list[str]:
    try:
        samples = open_picture(path).samples
    except AppError as error:
        return [str(error)]
    # JPEG and WebP keep a single colour to within a step or two.
    return [] if np.ptp(samples) <= 4 else [f"{path} holds parts of two versions"]


def _model_problems(weights: Path) -> list[str]:
    if not weights.with_suffix(".json").exists():
        return []
    try:
        load_model(weights)
    except ScratchError as error:
        return [str(error)]
    return []


class BatchRemains(Remains):
    """A folder of photos on its way through a batch."""

    work = "batch"
    longest = 0.25

    def prepare(self) -> None:
        """Make photos and a model that takes a known amount away."""
        super().prepare()
        self._finished: dict[Path, tuple[int, int]] = {}
        self._sources = _make_photos(self.folder / "in")
        denoiser = Denoiser.create("photo-unet", MODEL_CONFIGURATION)
        for _, parameter in denoiser.network.named_parameters():
            parameter.value.zero_()
        *_, (_, last_bias) = denoiser.network.named_parameters()
        last_bias.value.fill_(_SUBTRACTED / 255)
        save_model(self.folder, denoiser, ModelCard(name="model", title="Takes 10 away"))

    def problems(self) -> list[str]:
        """Sources and finished results must be as they were, new results whole."""
        found = [f"{path} changed" for path in self._sources if not self._is_unchanged(path)]
        for path in self._results():
            identity = path.stat().st_ino, path.stat().st_mtime_ns
            if self._finished.setdefault(path, identity) != identity:
                found.append(f"{path} was made again")
            found += self._result_problems(path)
        return found

    def finish(self) -> list[str]:
        """Nothing may be missing at the end, and nothing be left over."""
        status = self._let_live(self.work, self.folder)
        found = [] if status == 0 else [f"the batch could not be taken up: status {status}"]
        expected = {path.stem + "_denoised" for path in self._sources}
        missing = expected - {path.stem for path in self._results()}
        left = [path.name for path in (self.folder / "out").iterdir() if path.stem not in expected]
        found += [f"{name} is missing" for name in sorted(missing)]
        found += [f"{name} was left over" for name in left]
        return found + self.problems()

    def _results(self) -> Iterator[Path]:
        out = self.folder / "out"
        if out.exists():
            yield from (path for path in sorted(out.iterdir()) if not path.name.startswith("."))

    def _is_unchanged(self, source: Path) -> bool:
        return source.read_bytes() == self._sources[source]

    def _result_problems(self, path: Path) -> list[str]:
        source = path.parent.with_name("in") / path.name.replace("_denoised", "")
        try:
            result = open_picture(path).samples.astype(int)
        except AppError as error:
            return [str(error)]
        expected = np.maximum(open_picture(source).samples.astype(int) - _SUBTRACTED, 0)
        return [] if abs(result - expected).max() <= 1 else [f"{path} is wrong"]


class TrainingRemains(Remains):
    """A training run."""

    work = "train"
    longest = 1.2

    def __init__(self, folder: Path, let_live: LetLive) -> None:
        super().__init__(folder, let_live)
        self._expected: dict[str, torch.Tensor] | None = None

    def prepare(self) -> None:
        """Make photos to learn from; the first time, also learn what the result must be."""
        super().prepare()
        _make_photos(self.folder / "in")
        if self._expected is None:
            status = self._let_live(self.work, self.folder)
            assert status == 0, f"training fails even without being killed: status {status}"
            self._expected = dict(load_checkpoint(self.folder / "run" / LAST).tensors)
            shutil.rmtree(self.folder / "run")

    def problems(self) -> list[str]:
        """Configuration, checkpoints, model, log and pictures must be whole where they exist."""
        run = self.folder / "run"
        if not (run / "config.json").exists():
            return []
        found = _model_problems(run / "model" / "run.safetensors")
        try:
            read_config(run)
            read_events(run)
            for name in (LAST, BEST):
                if (run / name).exists():
                    load_checkpoint(run / name)
            for path in run.rglob("[!.]*.png"):
                with Image.open(path) as picture:
                    picture.load()
        except (AppError, ScratchError, OSError) as error:
            found.append(str(error))
        return found

    def finish(self) -> list[str]:
        """The result must be that of a run that was never killed, bit for bit."""
        assert self._expected is not None
        status = self._let_live(self.work, self.folder)
        if status:
            return [f"training could not be taken up: status {status}"]
        tensors = load_checkpoint(self.folder / "run" / LAST).tensors
        different = [
            name for name, value in self._expected.items() if not torch.equal(tensors[name], value)
        ]
        leftovers = [path.name for path in self.folder.rglob(".*")]
        found = [f"{name} differs from that of an unkilled run" for name in different]
        found += [f"{name} was left over" for name in leftovers]
        return found + self.problems()


def _make_photos(folder: Path) -> dict[Path, bytes]:
    folder.mkdir()
    generator = np.random.default_rng(0)
    for number in range(_PHOTOS):
        coarse = generator.integers(0, 256, (5, 6, 3), np.uint8)
        Image.fromarray(coarse).resize((48, 40)).save(folder / f"{number}.png")
    return {path: path.read_bytes() for path in sorted(folder.iterdir())}
