"""The models a person can choose from: those that ship with the application and their own."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_data_path

from desktop_app.services.errors import AppError, system_reason
from desktop_app.services.resources import pretrained_folder

if TYPE_CHECKING:
    from scratch_layers.models import Denoiser, ModelCard

DEFAULT_MODEL = "photo"

PRECISIONS = ("float32", "bfloat16")
"""What networks can compute in. bfloat16 is faster on processors that have it, and less exact."""

_APPLICATION_NAME = "scratch-denoiser"
_CARD_SUFFIX = ".json"
_WEIGHTS_SUFFIX = ".safetensors"
_LARGEST_CARD = 1 << 18


class ModelNotFoundError(AppError):
    """No model has the name, or no file lies at the path, that was asked for."""


@dataclass(frozen=True)
class ModelEntry:
    """A model as a list shows it.

    Attributes:
        name: what commands and settings call it.
        title: what people read.
        path: its weights file.
        card: the fields of its card; see :class:`scratch_layers.models.ModelCard`.
    """

    name: str
    title: str
    path: Path
    card: dict[str, Any]


def user_models_folder() -> Path:
    """Return the folder of this user's own models; it may not exist yet."""
    return user_data_path(_APPLICATION_NAME, appauthor=False) / "models"


def list_models(on_problem: Callable[[str], None] | None = None) -> list[ModelEntry]:
    """Return the models that can be chosen: the default first, then shipped ones, then own ones.

    Only cards are read, so that a list costs milliseconds; the weights are checked by
    :func:`load`.

    Args:
        on_problem: called with one sentence for every model that cannot be listed.
    """
    entries: dict[str, ModelEntry] = {}
    for card_path in _cards():
        try:
            entry = _read_entry(card_path)
            if entry.name in entries:
                raise AppError(
                    f"The model {entry.path} is hidden by {entries[entry.name].path}, which has "
                    f"the same name '{entry.name}'; open it as a file or rename it in its card."
                )
        except AppError as error:
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
        AppError: the card beside it is missing or cannot be used.
    """
    return replace(_read_entry(path.with_suffix(_CARD_SUFFIX)), name=str(path))


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
    entries = list_models()
    for entry in entries:
        if entry.name == str(name_or_path):
            return entry.path
    path = Path(name_or_path).expanduser()
    if path.is_file():
        return path
    if path.suffix in (_CARD_SUFFIX, _WEIGHTS_SUFFIX):
        raise ModelNotFoundError(f"There is no model file {path}.")
    names = ", ".join(entry.name for entry in entries) or "none"
    raise ModelNotFoundError(
        f"There is no model called '{name_or_path}'; installed are: {names}. An own model is "
        f"given as the path of its {_WEIGHTS_SUFFIX} file."
    )


def _cards() -> Iterator[Path]:
    folders = [user_models_folder()]
    # An installation without shipped models can still use the person's own.
    with contextlib.suppress(FileNotFoundError):
        folders.insert(0, pretrained_folder())
    for folder in folders:
        if folder.is_dir():
            yield from sorted(folder.glob(f"[!.]*{_CARD_SUFFIX}"))


def _read_entry(card_path: Path) -> ModelEntry:
    """Read what a list shows of a card; :func:`load` checks the rest."""
    card = _read_json(card_path)
    if not isinstance(card, dict) or card.get("format") != 1:
        raise AppError(f"{card_path} is not the card of a model.")
    for key, kind in (("name", str), ("title", str), ("noise", dict), ("measured", dict)):
        if not isinstance(card.get(key), kind):
            raise AppError(f"The model card {card_path} lacks a usable '{key}'.")
    weights = card_path.with_suffix(_WEIGHTS_SUFFIX)
    if not weights.is_file():
        raise AppError(f"The model card {card_path} has no weights {weights.name} beside it.")
    return ModelEntry(card["name"], card["title"], weights, card)


def _read_json(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_CARD + 1)
    except OSError as error:
        raise AppError(f"The model card {path} cannot be read: {system_reason(error)}.") from error
    if len(text) > _LARGEST_CARD:
        raise AppError(f"The file {path} is too large to be a model card.")
    try:
        return json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise AppError(f"The model card {path} is damaged: it is not valid JSON.") from error
