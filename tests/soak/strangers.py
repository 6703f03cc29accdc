"""Stage: models of strangers, each through the list, the command line and the window."""

from __future__ import annotations

import contextlib
import io
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from desktop_app.cli.runner import main
from desktop_app.services import shown_text
from desktop_app.services.models import model_store
from desktop_app.services.shown_text import shown_line
from desktop_app.ui.dialogs.card_dialogs import CardDialog
from scratch_layers.models import Denoiser, ModelCard, save_model
from tests.shown_texts import shown_by
from tests.soak.person import Person, make_photos
from tests.soak.row import Row

SECONDS_ALLOWED = 5.0
MODELS, SHORT_MODELS = 100, 14
_TEXTS = (
    "\x1b[31mred", "\x9b31m", "\x07bell", "over\rwritten", "gpj.\u202eexe", "\u2066a\u2069",
    "ze\u200bro", "\ufeffmark", "tag\U000e0041", "a" + "\u0301" * 3000, "\ud800", "two\nlines",
    "\u2028", "x" * 9_000, "\u3164\u2800",
)  # fmt: skip
_FIELDS = ("title", "description", "data", "licence", "training_command", "architecture", "name")
_VALUES = (None, 3, [], {}, {"a": {"b": {"psnr": "x"}}}, {"sigma_255": "ab"}, 10**400, "deep")


def rows(folder: Path, short: bool) -> Iterator[Row]:
    """Put the models where a person's own lie, and yield what became of them."""
    models = model_store.user_models_folder()
    models.mkdir(parents=True, exist_ok=True)
    (photo,) = make_photos(folder / "photos", 1, (48, 32))
    good = _make(models, "good", {})
    strange = [
        _make(models, f"m{number:03}", changes)
        for number, changes in enumerate(_changes(SHORT_MODELS if short else MODELS))
    ]
    os.mkfifo(models / "pipe.json")
    (models / "folder.json").mkdir()
    slow: list[str] = []
    unexplained: list[str] = []
    hostile: list[str] = []
    commands = [["models"], ["models", "--json"], _denoise(photo, "good", folder)]
    commands += [_denoise(photo, path, folder) for path in (good, *strange)]
    for command in commands:
        began = time.monotonic()
        code, said = _said(command)
        # The list shows all models at once.
        allowed = SECONDS_ALLOWED * (len(strange) if command[0] == "models" else 1)
        if time.monotonic() - began > allowed:
            slow.append(" ".join(command))
        if shown_text.shown(said) != said:
            hostile.append(" ".join(command))
        if code != 0 and (not said.strip() or "unexpected" in said):
            unexplained.append(said)
    code, _ = _said(_denoise(photo, "good", folder))
    shown = _shown_in_window(folder)
    yield Row("models of strangers", len(strange))
    yield Row("texts shown as they came, in list and command line", len(hostile), 0)
    yield Row("texts shown as they came, in the window", len(shown), 0, note=_some(shown))
    yield Row("ends without a result or a sentence", len(unexplained), 0, note=_some(unexplained))
    yield Row("slower than 5 s", len(slow), 0, note=_some(slow))
    yield Row("good models hidden or stopped by others", int(code != 0), 0)


def _some(texts: list[str]) -> str:
    return shown_line("; ".join(texts), 200)


def _denoise(photo: Path, model: Path | str, folder: Path) -> list[str]:
    target = str(folder / "clean.png")
    return ["denoise", str(photo), "-o", target, "--overwrite", "--model", str(model)]


def _changes(count: int) -> Iterator[dict[str, Any]]:
    """Yield what to change in a sound card; first a few of every kind."""
    kinds = [{field: text} for text in _TEXTS for field in _FIELDS]
    kinds += [{field: value} for value in _VALUES for field in ("noise", "measured", "trained")]
    kinds += [{"measured": {text: {text: {"psnr": 1, "ssim": 0}}}} for text in _TEXTS]
    kinds += [{"noise": {"kind": text}} for text in _TEXTS]
    step = len(kinds) / count
    return (kinds[int(number * step)] for number in range(count))


def _make(folder: Path, name: str, changes: dict[str, Any]) -> Path:
    card = ModelCard(name=name, title=name, noise={"kind": "gaussian", "sigma_255": [0, 75]})
    card = save_model(folder, Denoiser.create("plain", {"widths": [4]}), replace(card, name=name))
    fields = {"format": 1, **asdict(card), **changes}
    text = json.dumps(fields)
    if "deep" in changes.values():
        text = text.replace('"deep"', "[" * 100_000)
    (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return folder / f"{name}.safetensors"


def _said(command: list[str]) -> tuple[int, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(command)
    return code, out.getvalue() + err.getvalue()


def _shown_in_window(folder: Path) -> list[str]:
    """Look at the card of every model that is listed; return what is not fit to be shown."""
    person = Person(folder)
    controller = person.controller
    hostile: list[str] = []
    for entry in controller.models.entries.value:
        controller.models.choose(entry.name)
        dialog = CardDialog(person.window.root, person.window.appearance, controller.models)
        person.window.root.update()
        hostile += [text for text in shown_by(person.window.root) if shown_text.shown(text) != text]
        dialog.close(None)
    person.close_window()
    return hostile
