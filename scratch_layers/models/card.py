"""Model cards: what a model is, how it was made, what it was measured to do, beside its weights.

A card is read without torch, in milliseconds; :mod:`scratch_layers.models.model_files` reads and
writes the models themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scratch_layers.checked_json import read_regular
from scratch_layers.errors import ArgumentError, WeightsError
from scratch_layers.models.card_fields import (
    CARD_FORMAT,
    DIGEST,
    MAXIMUM_BYTES,
    check_fields,
    digest_of,
    parse_card,
)

WEIGHTS_SUFFIX = ".safetensors"
CARD_SUFFIX = ".json"
_NO_DIGEST = "0" * 64


@dataclass(frozen=True)
class ModelCard:
    """What people and programs need to know about a model; plain JSON values throughout.

    Attributes:
        name: file name without ending; letters, digits, dots, dashes, underscores.
        title, description: for people.
        architecture, configuration: how to build the network, see
            :mod:`scratch_layers.models.registry`; filled in by :func:`save_model`.
        noise: the noise it was trained for, ``{"kind": "gaussian", "sigma_255": [0, 75]}``.
        data, licence: what it was trained on, and under which terms the weights may be used.
        training_command: the command that makes such a model again.
        trained: how long, ``{"steps": ..., "minutes": ...}``.
        measured: ``{data set: {noise level: {"psnr": ..., "ssim": ...}}}``.
        weights_sha256: digest of the weights file; filled in by :func:`save_model`.
    """

    name: str
    title: str
    description: str = ""
    architecture: str = ""
    configuration: Mapping[str, Any] = field(default_factory=dict)
    noise: Mapping[str, Any] = field(default_factory=dict)
    data: str = ""
    licence: str = ""
    training_command: str = ""
    trained: Mapping[str, Any] = field(default_factory=dict)
    measured: Mapping[str, Any] = field(default_factory=dict)
    weights_sha256: str = _NO_DIGEST

    def to_json(self) -> str:
        """Return the text of the card's file, with a digest of all that it says.

        Raises:
            ArgumentError: a field holds what a card cannot hold.
        """
        try:
            fields = json.loads(json.dumps(asdict(self), allow_nan=False))
            check_fields(fields)
        except (TypeError, ValueError, WeightsError) as error:
            raise ArgumentError(f"The model card of {self.name!r:.80} {error}.") from error
        content = {"format": CARD_FORMAT, **fields, DIGEST: digest_of(fields)}
        return json.dumps(content, indent=2) + "\n"


def read_card(path: Path | str) -> ModelCard:
    """Read the card ``path``, or the one beside the weights file ``path``.

    Raises:
        WeightsError: the file is missing, damaged or not a model card.
    """
    return read_card_file(card_path(path))


def read_card_file(path: Path) -> ModelCard:
    """Read the card in exactly this file, whatever it is called.

    Raises:
        WeightsError: as for :func:`read_card`.
    """
    try:
        text = read_regular(path, MAXIMUM_BYTES + 1)
    except OSError as error:
        reason = error.strerror or error
        raise WeightsError(f"The model card {path} cannot be read: {reason}.") from error
    if len(text) > MAXIMUM_BYTES:
        raise WeightsError(f"The file {path} is too large to be a model card.")
    try:
        return ModelCard(**parse_card(text))
    except WeightsError as error:
        raise WeightsError(f"The model card {path} {error}.") from error


def card_path(path: Path | str) -> Path:
    """Return the path of the card of the model that has ``path`` as one of its files."""
    return _model_file(path).with_suffix(CARD_SUFFIX)


def weights_path(path: Path | str) -> Path:
    """Return the path of the weights of the model that has ``path`` as one of its files."""
    return _model_file(path).with_suffix(WEIGHTS_SUFFIX)


def _model_file(path: Path | str) -> Path:
    path = Path(path)
    if path.suffix not in (WEIGHTS_SUFFIX, CARD_SUFFIX):
        raise WeightsError(
            f"{path} is not a model; choose a {WEIGHTS_SUFFIX} file or the {CARD_SUFFIX} card "
            "beside it."
        )
    return path
