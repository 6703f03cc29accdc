"""What is fuzzed: any bytes, opened as a picture or loaded as a model, give it or a sentence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import open_picture
from scratch_layers.errors import WeightsError
from scratch_layers.models import Denoiser, ModelCard, load_model, save_model
from scratch_layers.models.card import read_card


def fuzz_picture(content: bytes, folder: Path) -> None:
    """Open bytes as a picture, whole and damaged; anything but a picture or a sentence raises."""
    path = folder / "any.png"
    path.write_bytes(content)
    for allow_damaged in (False, True):
        sentence = "A picture."
        try:
            picture = open_picture(path, first_frame=True, allow_damaged=allow_damaged)
            assert picture.samples.size
        except PictureError as error:
            sentence = str(error)
        assert sentence.endswith(".")
        assert "\n" not in sentence
    assert path.read_bytes() == content


def fuzz_weights(content: bytes, folder: Path) -> None:
    """Load bytes as the weights of a model whose card vouches for them."""
    card = folder / "model.json"
    if not card.exists():
        denoiser = Denoiser.create("plain", {"widths": [4]})
        save_model(folder, denoiser, ModelCard(name="model", title="Model"))
    fields = json.loads(card.read_text(encoding="utf-8"))
    fields["weights_sha256"] = hashlib.sha256(content).hexdigest()
    card.write_text(json.dumps(fields), encoding="utf-8")
    card.with_suffix(".safetensors").write_bytes(content)
    with suppress(WeightsError):
        denoiser, _ = load_model(card)
        for _, parameter in denoiser.network.named_parameters():
            assert parameter.value.isfinite().all()


def fuzz_card(content: bytes, folder: Path) -> None:
    """Read bytes as the card of a model."""
    path = folder / "card.json"
    path.write_bytes(content)
    with suppress(WeightsError):
        read_card(path).to_json()


def picture_seeds() -> list[bytes]:
    """Small sound pictures to begin with."""
    from tests.desktop_app.services.pictures.hostile_corpus import colours, deep, garbage

    contents = [content for group in (colours, deep, garbage) for _, content, _ in group()]
    return [content for content in contents if len(content) < 20_000]


def model_seeds(folder: Path) -> tuple[bytes, bytes]:
    """The card and the weights of a small sound model."""
    denoiser = Denoiser.create("plain", {"widths": [4]})
    save_model(folder, denoiser, ModelCard(name="model", title="Model"))
    card = folder / "model.json"
    return card.read_bytes(), card.with_suffix(".safetensors").read_bytes()


TARGETS: dict[str, Callable[[bytes, Path], None]] = {
    "picture": fuzz_picture,
    "weights": fuzz_weights,
    "card": fuzz_card,
}
