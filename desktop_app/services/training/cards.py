"""What the card of a trained model says about how it was made."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from desktop_app.services.atomic_files import write_atomically
from desktop_app.services.training.config import RunConfig
from desktop_app.services.training.data import DataConfig
from scratch_layers.models.card import ModelCard, card_path, read_card
from scratch_layers.models.card_fields import MAXIMUM_TEXT

# What the camera chain, and photos whose noise is not known, are taken to hold.
_UNKNOWN_SIGMA_255 = (0.0, 50.0)
TEXT_FIELDS = ("title", "description", "data", "licence")
_FILE = "card-texts.json"


def model_card(name: str, config: RunConfig, picture_count: int) -> ModelCard:
    """Describe the model that a run makes.

    Args:
        name: of the run.
        config: of the run.
        picture_count: how many pictures it learns from.
    """
    data = config.data
    folders = ", ".join(_shown_name(folder) for folder in data.folders)
    return ModelCard(
        name=re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:64] or "model",
        title=f"Adapted to {folders}"
        if data.kind == "adapt"
        else ("RAW: " if data.kind == "raw" else "")
        + _title(name, [_shown_name(folder) for folder in data.folders]),
        description=_purpose(data),
        noise=_noise(config),
        data=f"{picture_count} pictures from {folders}",
        licence="As the pictures it was trained on allow.",
        training_command=training_command(config),
    )


def _purpose(data: DataConfig) -> str:
    """Say what a model does; how it learned that, its training command says."""
    low, high = (f"{level:g}" for level in data.sigma_255)
    levels = f"of level {low}" if low == high else f"of levels {low} to {high}"
    white = f"Removes white noise {levels}"
    photo = {
        "gaussian": f"{white} from photos.",
        "poisson-gaussian": f"Removes noise {levels} from photos, more where they are bright.",
        "camera": "Removes the noise of cameras from photos.",
    }
    return {
        "photo": photo[data.noise],
        "raw": "Cleans what the Bayer sensor of a camera saw, as RAW files hold it.",
        "pairs": "Removes such noise as the photos of its training had.",
        "noisy": "Removes such noise as the photos of its training had.",
        "adapt": "Removes the noise of the one photo that it was adapted to.",
        "miniproject": f"{white} from thumbnails.",
    }[data.kind]


def _title(name: str, folders: list[str]) -> str:
    """Return what people call a model, such as "Holiday photos, 12 Nov".

    Args:
        name: of its run, which begins with the day where the window has chosen it.
        folders: names of the folders that it learns from.
    """
    words = " and ".join(folders[:2]) + (" and others" if len(folders) > 2 else "")
    words = words[:1].upper() + words[1:]
    if not re.search(r"photo|picture|image", words, re.IGNORECASE):
        words += " photos"
    day = re.match(r"\d{4}-\d{2}-\d{2}", name)
    if day is None:
        return words
    try:
        return f"{words}, {time.strftime('%d %b', time.strptime(day[0], '%Y-%m-%d')).lstrip('0')}"
    except ValueError:
        return words


def _noise(config: RunConfig) -> dict[str, Any]:
    data = config.data
    if data.kind == "miniproject":
        return {"kind": "gaussian", "sigma_255": list(data.sigma_255)}
    if data.kind == "raw":
        return {"kind": "sensor"}
    if data.kind != "photo":
        return {"kind": "of the pictures", "sigma_255": list(_UNKNOWN_SIGMA_255)}
    levels = _UNKNOWN_SIGMA_255 if data.noise == "camera" else data.sigma_255
    return {"kind": data.noise, "sigma_255": list(levels)}


def training_command(config: RunConfig) -> str:
    """Return the command line that starts a run with this configuration."""
    training, data = config.training, config.data
    options: list[tuple[str, Any]] = [
        ("--start-from", config.start_from),
        ("--steps", training.steps),
        ("--minutes", training.minutes),
        ("--network", training.architecture),
        ("--widths", ",".join(map(str, training.configuration.get("widths", ()))) or None),
        ("--blocks", training.configuration.get("blocks")),
        ("--batch", training.batch_size),
        ("--patch", data.patch_size),
        ("--noise", data.noise if data.kind == "photo" else None),
        ("--sigma", _levels(config)),
        ("--optimizer", training.optimizer),
        ("--lr", f"{training.learning_rate:g}"),
        ("--momentum", training.momentum or None),
        ("--weight-decay", training.weight_decay or None),
        ("--schedule", training.schedule),
        ("--loss", training.loss if training.objective == "supervised" else None),
        ("--clip", training.clip_norm or 0),
        ("--average", training.average_decay),
        ("--seed", training.seed),
    ]
    words = [word for option in options if option[1] is not None for word in map(str, option)]
    return shlex.join(["scratch-denoiser", "train", data.kind, *_places(config), *words])


def _shown_name(folder: str) -> str:
    """The name of a folder, which need not be text, as text."""
    name = Path(folder).name
    return "".join(character if character.isprintable() else "?" for character in name)


def _levels(config: RunConfig) -> str | None:
    data = config.data
    if data.kind == "miniproject" or (data.kind == "photo" and data.noise != "camera"):
        return f"{data.sigma_255[0]:g}-{data.sigma_255[1]:g}"
    return None


def _places(config: RunConfig) -> list[str]:
    """The words that say where the pictures are; folders lose their parents, which are private."""
    data = config.data
    names = [_shown_name(folder) for folder in data.folders]
    if data.kind == "miniproject":
        return ["--thumbnails", names[0]]
    if data.kind == "adapt":
        return [names[0]]
    if data.kind == "pairs":
        words = ["--markers", *data.markers] if data.markers else []
        words += ["--clean-targets"] if data.clean_targets else []
        return [*names, *words]
    return [word for name in names for word in ("--data", name)]


def read_texts(run_folder: Path) -> dict[str, Any]:
    """Return the texts that a person wrote for the models of a run, by field of the card.

    Texts that cannot be read are as if they had not been written: the run must go on.
    """
    try:
        stored = json.loads((run_folder / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(stored, dict):
        return {}
    texts = {name: stored.get(name) for name in TEXT_FIELDS}
    return {
        name: text
        for name, text in texts.items()
        if isinstance(text, str) and len(text) <= MAXIMUM_TEXT
    }


def change_texts(model: Path, texts: Mapping[str, str]) -> ModelCard:
    """Write texts onto the card of a model that a run has made, and of its models to come.

    Args:
        model: the weights file or its card, in the folder ``model`` of the run.
        texts: new values of fields in :data:`TEXT_FIELDS`.

    Raises:
        WeightsError: the card cannot be read.
        ArgumentError: a text is longer than a card can hold.
        WriteError: a file cannot be written.
    """
    changes: dict[str, Any] = {name: texts[name] for name in TEXT_FIELDS if name in texts}
    card = replace(read_card(model), **changes)
    content = card.to_json().encode()
    kept = {name: getattr(card, name) for name in TEXT_FIELDS}
    stored = json.dumps(kept, indent=2, ensure_ascii=False) + "\n"
    write_atomically(card_path(model).parents[1] / _FILE, lambda file: file.write(stored.encode()))
    write_atomically(card_path(model), lambda file: file.write(content))
    return card
