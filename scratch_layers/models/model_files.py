"""Models on disk: two files of one name, ``NAME.safetensors`` with weights and ``NAME.json``.

The card holds no paths; its partner is found by the file's own name only.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from scratch_layers.atomic_files import draft_name, sync_folder
from scratch_layers.errors import ArgumentError, ArgumentTypeError, WeightsError
from scratch_layers.models.card import (
    CARD_SUFFIX,
    WEIGHTS_SUFFIX,
    ModelCard,
    card_path,
    read_card,
    read_card_file,
    weights_path,
)
from scratch_layers.models.denoiser import Denoiser
from scratch_layers.models.network_figures import parameter_count
from scratch_layers.models.registry import architecture
from scratch_layers.module import Module
from scratch_layers.weights import parse_weights, read_weights_file, save_weights, sha256_of

MAXIMUM_HEADER_BYTES = 1 << 20
# Of torch.save, which writes a ZIP file, and of a bare pickle of protocol 2 or later.
_PICKLE_STARTS = (b"PK\x03\x04", b"\x80")
_TOP = Path(__file__).resolve().parents[2]
# A checkout holds the models beside the packages, an installed wheel inside the application.
_FOLDERS = (_TOP / "pretrained", _TOP / "desktop_app" / "_pretrained")


def save_model(
    path: Path | str, denoiser: Denoiser, card: ModelCard, dtype: torch.dtype | None = None
) -> ModelCard:
    """Write a model's two files, each complete or not at all; files of that name are replaced.

    Args:
        path: a folder, where the files take the card's name, or one of the two files.
        denoiser: its weights, architecture and configuration are written.
        card: everything else.
        dtype: of the stored weights; float16 halves the file.

    Returns:
        The card as written.

    Raises:
        ArgumentError: a field of the card holds what a card cannot hold.
        WeightsError: a weight is not finite, or too large for ``dtype``.
        OSError: the files cannot be written.
    """
    path = Path(path)
    if path.suffix not in (WEIGHTS_SUFFIX, CARD_SUFFIX):
        path = path / f"{card.name}{WEIGHTS_SUFFIX}"
    card = replace(
        card,
        architecture=denoiser.architecture.name,
        configuration=denoiser.configuration,
    )
    card.to_json()
    weights, description = weights_path(path), card_path(path)
    weights_draft = weights.with_name(draft_name(weights.stem, f".new{WEIGHTS_SUFFIX}"))
    card_draft = _card_draft(description)
    try:
        metadata = {"name": card.name, "architecture": card.architecture}
        save_weights(weights_draft, denoiser.network.state_dict(), metadata=metadata, dtype=dtype)
        card = replace(card, weights_sha256=sha256_of(weights_draft))
        _write_text(card_draft, card.to_json())
        sync_folder(weights.parent)
        weights_draft.replace(weights)
    except BaseException:
        _remove_quietly(weights_draft)
        _remove_quietly(card_draft)
        raise
    # From here on the draft is the card of the weights, and is found even if it stays a draft.
    card_draft.replace(description)
    sync_folder(description.parent)
    return read_card(description)


def _card_draft(description: Path) -> Path:
    return description.with_name(draft_name(description.name, ".new"))


def _write_text(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _remove_quietly(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def load_model(path: Path | str, device: torch.device | str = "cpu") -> tuple[Denoiser, ModelCard]:
    """Read a model, in evaluation mode, float32.

    Everything the files claim is checked before memory is taken for it: the card's fields, the
    digest of the weights, the configuration's limits, and every name and shape.

    Args:
        path: the ``.safetensors`` file or the ``.json`` card beside it.
        device: where the network shall live.

    Raises:
        WeightsError: one of the files is missing, damaged, or does not fit the other.
    """
    weights = weights_path(path)
    card, blueprint, content = _card_of_weights(weights)
    state = parse_weights(weights, content)
    _check_state(state, blueprint.state_dict(), weights)
    denoiser = Denoiser.create(card.architecture, card.configuration)
    denoiser.network.load_state_dict(state)
    denoiser.network.eval()
    return denoiser.to(device), card


def _card_of_weights(weights: Path) -> tuple[ModelCard, Module, bytes]:
    """Return the card that describes the weights: it, or the draft that an interruption left.

    With it come the blueprint of its network and the content of the weights file, which is read
    once: what is loaded is what was checked, whoever exchanges the file meanwhile.
    """
    description = card_path(weights)
    draft = _card_draft(description)
    if not draft.is_file():
        return _fitting_card(description, weights)
    try:
        return _fitting_card(description, weights)
    except WeightsError:
        with contextlib.suppress(WeightsError):
            return _fitting_card(draft, weights)
        # Whoever was saving may have been done a moment ago.
        return _fitting_card(description, weights)


def _fitting_card(description: Path, weights: Path) -> tuple[ModelCard, Module, bytes]:
    """Return a card, its network's blueprint and the weights, if they are those it describes."""
    if weights.is_file() and not description.exists():
        raise WeightsError(_without_card(weights, description))
    card = read_card_file(description)
    if not weights.is_file():
        raise WeightsError(f"The weights {weights} are missing; put them beside their card.")
    try:
        blueprint = architecture(card.architecture).blueprint(card.configuration)
    except (ArgumentError, ArgumentTypeError) as error:
        raise WeightsError(f"The model card {description} cannot be used: {error}") from error
    _check_size(weights, parameter_count(blueprint))
    content = read_weights_file(weights)
    if hashlib.sha256(content).hexdigest() != card.weights_sha256:
        raise WeightsError(
            f"The weights {weights} are not the ones that their card describes (SHA-256 differs); "
            "get both files again."
        )
    return card, blueprint, content


def _without_card(weights: Path, description: Path) -> str:
    """Say why a file without a card is no model: it may be something else under a false name."""
    with weights.open("rb") as file:
        start = file.read(9)
    if start.startswith(_PICKLE_STARTS):
        return (
            f"{weights} is a pickle with a false ending: opening one can run any program, so it "
            f"is refused; get the model as {WEIGHTS_SUFFIX} with its {CARD_SUFFIX} card."
        )
    if start[8:] != b"{":
        return f"{weights} is not a {WEIGHTS_SUFFIX} file, whatever its ending says."
    return (
        f"The model {weights} has no card; put the file {description.name} that belongs to it "
        "beside it."
    )


def _check_size(weights: Path, parameters: int) -> None:
    """Refuse files far larger than their network even in float64, before reading them whole."""
    if weights.stat().st_size > 8 * parameters + MAXIMUM_HEADER_BYTES:
        raise WeightsError(
            f"The weights {weights} are too large for the network that their card describes, "
            f"which has {parameters} parameters."
        )


def _check_state(state: Mapping[str, Tensor], own: Mapping[str, Tensor], path: Path) -> None:
    shapes = {name: tuple(value.shape) for name, value in state.items()}
    expected = {name: tuple(value.shape) for name, value in own.items()}
    for name in sorted(set(shapes) | set(expected)):
        if shapes.get(name) != expected.get(name):
            raise WeightsError(
                f"The weights {path} do not fit the network that their card describes: "
                f"'{name:.80}' has {_shape_text(shapes.get(name))}, expected "
                f"{_shape_text(expected.get(name))}."
            )
        if not state[name].is_floating_point():
            raise WeightsError(
                f"The weights {path} do not fit the network that their card describes: "
                f"'{name:.80}' holds {state[name].dtype}, expected floating-point numbers."
            )


def _shape_text(shape: tuple[int, ...] | None) -> str:
    return "no values" if shape is None else f"shape {shape}"


def pretrained_model(name: str) -> Path:
    """Return the weights file of the shipped model ``name``.

    Raises:
        WeightsError: this installation has no such model.
    """
    for folder in _FOLDERS:
        path = folder / f"{name}.safetensors"
        if path.is_file():
            return path
    raise WeightsError(
        f"This installation has no pretrained model '{name}'; it was looked for in "
        f"{' and '.join(str(folder) for folder in _FOLDERS)}."
    )
