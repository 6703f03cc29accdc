"""The models a person can choose from: those that ship with the application and their own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from desktop_app.services.errors import AppError
from desktop_app.services.folders import typed_path
from desktop_app.services.resources import pretrained_folder
from scratch_layers.errors import ScratchError
from scratch_layers.models.card import (
    CARD_SUFFIX,
    WEIGHTS_SUFFIX,
    ModelCard,
    card_path,
    read_card,
    weights_path,
)

if TYPE_CHECKING:
    from scratch_layers.models import Denoiser

AUTOMATIC = "auto"
"""What is named in place of a model where each picture shall get the one that suits it."""

DEFAULT_MODEL = "photo"

SENSOR_KIND = "sensor"
"""What ``noise["kind"]`` of a card says of models for the mosaics of RAW files."""

PRECISIONS = ("float32", "bfloat16")
"""What networks can compute in. bfloat16 is faster on processors that have it, and less exact."""

QUALITIES = FAST, BEST = "fast", "best"
"""How thoroughly pictures are denoised."""

_APPLICATION_NAME = "scratch-denoiser"


class ModelNotFoundError(AppError):
    """No model has the name, or no file lies at the path, that was asked for."""


@dataclass(frozen=True)
class ModelEntry:
    """A model as a list shows it.

    Attributes:
        name: what commands and settings call it.
        title: what people read.
        path: its weights file.
        card: what it is and was measured to do.
    """

    name: str
    title: str
    path: Path
    card: ModelCard

    @property
    def is_for_sensors(self) -> bool:
        """Whether it cleans the mosaic of a RAW file, and no picture."""
        return self.card.noise.get("kind") == SENSOR_KIND


def user_models_folder() -> Path:
    """Return the folder of this user's own models; it may not exist yet."""
    return user_data_path(_APPLICATION_NAME, appauthor=False) / "models"


def list_models(on_problem: Callable[[str], None] | None = None) -> list[ModelEntry]:
    """Return the models that can be chosen: the default first, then shipped ones, then own ones.

    Only cards are read, so that a list costs milliseconds; the weights are checked by
    :func:`load`.

    Args:
        on_problem: called with one sentence for every model that cannot be listed; none of them
            raises.
    """
    entries: dict[str, ModelEntry] = {}
    for path in _cards():
        try:
            entry = _read_entry(path)
            if entry.name in entries:
                raise AppError(
                    f"The model {entry.path} is hidden by {entries[entry.name].path}, which has "
                    f"the same name '{entry.name}'; open it as a file or rename it in its card."
                )
        except (AppError, ScratchError) as error:
            if on_problem is not None:
                on_problem(str(error))
        else:
            entries[entry.name] = entry
    return sorted(entries.values(), key=lambda entry: entry.name != DEFAULT_MODEL)


def entry_of(path: Path) -> ModelEntry:
    """Return a model outside the list, which its path names, as the list would show it.

    Args:
        path: its weights file or its card.

    Raises:
        AppError, WeightsError: the card beside it is missing or cannot be used.
    """
    return replace(_read_entry(card_path(path)), name=str(path))


def load(
    name_or_path: str | Path, device: str = "auto", precision: str = "float32"
) -> tuple[Denoiser, ModelCard]:
    """Read a model for denoising; this imports torch.

    Args:
        name_or_path: a name from :func:`list_models`, or the path of a ``.safetensors`` file
            with its ``.json`` card beside it (or of the card).
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:1`` or ``mps``.
        precision: one of :data:`PRECISIONS`, in which the network computes; the noise it finds is
            subtracted in float32 in any case.

    Raises:
        ModelNotFoundError: there is no such name or file.
        scratch_layers.errors.WeightsError: the model is damaged or not a model.
        scratch_layers.errors.DeviceError: the device cannot be used.
    """
    path = find(name_or_path)

    import torch

    from scratch_layers.devices import resolve_device
    from scratch_layers.models import load_model

    denoiser, card = load_model(path, resolve_device(device))
    if precision == "bfloat16":
        denoiser.to(dtype=torch.bfloat16)
    return denoiser, card


def find(name_or_path: str | Path) -> Path:
    """Return the file of a model, by its name or its path.

    Raises:
        ModelNotFoundError: there is no such name or file.
    """
    problems: list[str] = []
    entries = list_models(problems.append)
    for entry in entries:
        if entry.name == str(name_or_path):
            return entry.path
    path = typed_path(name_or_path)
    if path.is_file():
        return path
    if path.suffix in (CARD_SUFFIX, WEIGHTS_SUFFIX):
        raise ModelNotFoundError(f"There is no model file {path}.")
    names = ", ".join(entry.name for entry in entries) or "none"
    complaint = (
        f"There is no model called '{name_or_path}'; installed are: {names}. An own model is "
        f"given as the path of its {WEIGHTS_SUFFIX} file."
    )
    raise ModelNotFoundError(" ".join((complaint, *problems)))


def _cards() -> Iterator[Path]:
    folders = [user_models_folder()]
    # An installation without shipped models can still use the person's own.
    with contextlib.suppress(FileNotFoundError):
        folders.insert(0, pretrained_folder())
    for folder in folders:
        if folder.is_dir():
            yield from sorted(folder.glob(f"[!.]*{CARD_SUFFIX}"))


def _read_entry(path: Path) -> ModelEntry:
    """Read what a list shows of a model; :func:`load` checks the rest."""
    card = read_card(path)
    weights = weights_path(path)
    if not weights.is_file():
        raise AppError(f"The model card {path} has no weights {weights.name} beside it.")
    return ModelEntry(card.name, card.title, weights, card)
