"""Models on disk: what is saved comes back, and what is damaged or hostile is refused."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from scratch_layers.errors import ArgumentError, WeightsError
from scratch_layers.models import (
    Denoiser,
    ModelCard,
    load_model,
    model_files,
    read_card,
    save_model,
)
from scratch_layers.weights import load_weights, read_weights_file, save_weights, sha256_of

CARD = ModelCard(
    name="tiny-1.5",
    title="A tiny one",
    description="For tests: σ, dB.",
    noise={"kind": "gaussian", "sigma_255": [0, 75]},
    data="none",
    licence="MIT",
    training_command="scratch-denoiser train photo",
    trained={"steps": 3, "minutes": 0.5},
    measured={"CBSD68": {"25": {"psnr": 31.25, "ssim": 0.875}}},
)


@pytest.fixture
def denoiser() -> Denoiser:
    torch.manual_seed(0)
    return Denoiser.create("photo-unet", {"widths": [4, 6], "blocks": 1})


@pytest.fixture
def saved(tmp_path: Path, denoiser: Denoiser) -> Path:
    save_model(tmp_path, denoiser, CARD)
    return tmp_path / "tiny-1.5.json"


def change(card: Path, **fields: Any) -> None:
    content = json.loads(card.read_text(encoding="utf-8"))
    content.update(fields)
    content.pop("card_sha256", None)
    card.write_text(json.dumps(content), encoding="utf-8")


def replace_weights(card: Path, state: dict[str, torch.Tensor]) -> None:
    """Other weights, with a card that vouches for them."""
    weights = card.with_suffix(".safetensors")
    save_weights(weights, state)
    change(card, weights_sha256=sha256_of(weights))


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_round_trip(saved: Path, denoiser: Denoiser, suffix: str) -> None:
    loaded, card = load_model(saved.with_suffix(suffix))
    image = torch.rand(1, 3, 9, 7)
    assert torch.equal(loaded.denoise(image, 0.1), denoiser.denoise(image, 0.1))
    assert not loaded.network.training
    assert loaded.configuration == {"widths": [4, 6], "blocks": 1}
    assert card == replace(
        CARD,
        architecture="photo-unet",
        configuration={"widths": [4, 6], "blocks": 1},
        weights_sha256=sha256_of(saved.with_suffix(".safetensors")),
    )
    assert read_card(saved) == card


def test_what_is_loaded_is_what_was_checked(
    saved: Path, denoiser: Denoiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_and_exchange(path: Path) -> bytes:
        content = read_weights_file(path)
        save_weights(path, {name: value + 1 for name, value in own.items()})
        return content

    own = denoiser.network.state_dict()
    monkeypatch.setattr(model_files, "read_weights_file", read_and_exchange)
    loaded, _ = load_model(saved)
    assert all(torch.equal(value, own[name]) for name, value in loaded.network.state_dict().items())


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_a_pipe_in_place_of_a_file_is_refused_at_once(saved: Path, suffix: str) -> None:
    saved.with_suffix(suffix).unlink()
    os.mkfifo(saved.with_suffix(suffix))
    with pytest.raises(WeightsError, match="pipe or device|missing"):
        load_model(saved)


def test_saving_returns_the_card_as_written_even_from_tuples(tmp_path: Path) -> None:
    denoiser = Denoiser.create("miniproject", {"widths": (4,), "blocks": 0})
    card = save_model(tmp_path / "own.safetensors", denoiser, CARD)
    assert card.configuration == {"widths": [4], "blocks": 0}
    assert {path.name for path in tmp_path.iterdir()} == {"own.safetensors", "own.json"}


def test_float16_halves_the_file_and_loads_as_float32(tmp_path: Path, denoiser: Denoiser) -> None:
    save_model(tmp_path / "single.json", denoiser, CARD)
    save_model(tmp_path / "half.json", denoiser, CARD, dtype=torch.float16)
    sizes = [(tmp_path / f"{name}.safetensors").stat().st_size for name in ("single", "half")]
    assert sizes[1] < 0.7 * sizes[0]
    loaded, _ = load_model(tmp_path / "half.json")
    assert loaded.dtype == torch.float32
    for name, value in loaded.network.state_dict().items():
        torch.testing.assert_close(value, denoiser.network.state_dict()[name], atol=1e-3, rtol=1e-3)


def test_saving_again_replaces_both_files(saved: Path, denoiser: Denoiser) -> None:
    for value in denoiser.network.state_dict().values():
        value.zero_()
    save_model(saved, denoiser, replace(CARD, title="Zeros"))
    loaded, card = load_model(saved)
    assert card.title == "Zeros"
    assert not any(value.any() for value in loaded.network.state_dict().values())


def test_a_failed_save_leaves_the_old_model_and_no_drafts(
    saved: Path, denoiser: Denoiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in saved.parent.iterdir()}

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        save_model(saved, denoiser, replace(CARD, title="Never"))
    assert {path.name: path.read_bytes() for path in saved.parent.iterdir()} == before


def stop_before_the_card_is_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.replace

    def renamed(source: Path, target: Path) -> Path:
        if target.suffix == ".json":
            raise OSError(5, "Input/output error")
        return rename(source, target)

    monkeypatch.setattr(Path, "replace", renamed)


@pytest.mark.parametrize("first_time", [False, True])
def test_a_save_that_stops_between_its_two_files_leaves_a_model(
    saved: Path, denoiser: Denoiser, monkeypatch: pytest.MonkeyPatch, first_time: bool
) -> None:
    if first_time:
        for path in list(saved.parent.iterdir()):
            path.unlink()
    for value in denoiser.network.state_dict().values():
        value.zero_()
    with monkeypatch.context() as patches:
        stop_before_the_card_is_in_place(patches)
        with pytest.raises(OSError, match="Input/output"):
            save_model(saved, denoiser, replace(CARD, title="Zeros"))
    loaded, card = load_model(saved)
    assert card.title == "Zeros"
    assert not any(value.any() for value in loaded.network.state_dict().values())
    save_model(saved, denoiser, replace(CARD, title="Later"))
    assert load_model(saved)[1].title == "Later"
    assert {path.suffix for path in saved.parent.iterdir()} == {".json", ".safetensors"}


def test_a_draft_of_other_weights_is_no_card(saved: Path, tmp_path: Path) -> None:
    draft = saved.with_name(f".{saved.name}.new")
    draft.write_bytes(saved.read_bytes())
    change(saved, weights_sha256="1" * 64)
    change(draft, weights_sha256="2" * 64)
    with pytest.raises(WeightsError, match="SHA-256 differs"):
        load_model(saved)


@pytest.mark.parametrize(
    "wrong",
    [{"name": "../escape"}, {"trained": {"minutes": float("nan")}}, {"measured": {"x": object()}}],
)
def test_cards_that_could_not_be_read_again_are_not_written(
    tmp_path: Path, denoiser: Denoiser, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ArgumentError, match="The model card of"):
        save_model(tmp_path / "model.json", denoiser, replace(CARD, **wrong))
    assert not list(tmp_path.iterdir())


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"x": value}
    return value


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"format": 2}, "is not a model card of format 1"),
        ({"architecture": "unknown"}, "no architecture called 'unknown'"),
        ({"architecture": ["photo-unet"]}, "a text of at most"),
        ({"configuration": {"widths": [10**9]}}, "not 1000000000"),
        ({"configuration": {"widths": [512] * 6, "blocks": 16}}, "do not fit"),
        ({"configuration": {"blocks": 10**12}}, "blocks must lie in"),
        ({"configuration": {"__class__": "x"}}, "no setting '__class__'"),
        ({"configuration": None}, "an object in 'configuration'"),
        ({"name": "../../etc/passwd"}, "'name' of letters"),
        ({"name": ""}, "'name' of letters"),
        ({"title": 3}, "a text of at most 10000 characters in 'title'"),
        ({"weights_sha256": "0" * 64}, "SHA-256 differs"),
        ({"weights_sha256": "short"}, "64 hexadecimal digits"),
        ({"weights_path": "/etc/passwd"}, "unknown field 'weights_path'"),
        ({"noise": {"sigma_255": [75, 0]}}, "two ascending numbers"),
        ({"noise": {"sigma_255": [0, True]}}, "two ascending numbers"),
        ({"noise": {"sigma_255": "all"}}, "two ascending numbers"),
        ({"measured": deep(10)}, "more in 'measured'"),
        ({"trained": {"steps": [0] * 5000}}, "more in 'trained'"),
    ],
)
def test_hostile_fields_are_refused(saved: Path, fields: dict[str, Any], sentence: str) -> None:
    change(saved, **fields)
    with pytest.raises(WeightsError, match=sentence) as caught:
        load_model(saved)
    assert str(caught.value).count("\n") == 0
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"a":' * 40_000, "not valid JSON"),
        (b'{"format": NaN}', "NaN is not a number"),
        (b'{"format": ' + b"9" * 5000 + b"}", "card"),
        (b"[1]", "is not a model card"),
        (b'{"format": 1}', "lacks the field 'architecture'"),
        (b" " * 300_000, "too large to be a model card"),
    ],
)
def test_text_that_is_no_card_is_refused(saved: Path, text: bytes, sentence: str) -> None:
    saved.write_bytes(text)
    with pytest.raises(WeightsError, match=sentence):
        load_model(saved)


def test_a_card_that_was_changed_is_refused_until_its_digest_is_deleted(saved: Path) -> None:
    content = json.loads(saved.read_text(encoding="utf-8"))
    saved.write_text(json.dumps(content, sort_keys=True), encoding="utf-8")  # says the same
    read_card(saved)
    content["noise"] = {"kind": "gaussian", "sigma_255": [0, 35]}
    saved.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(WeightsError, match="not what was written.* delete its line 'card_sha256'"):
        read_card(saved)
    del content["card_sha256"]
    saved.write_text(json.dumps(content), encoding="utf-8")
    assert read_card(saved).noise["sigma_255"] == [0, 35]


def test_flipped_bits_of_a_model_are_refused(saved: Path) -> None:
    chance = random.Random(0)
    for path in (saved, saved.with_suffix(".safetensors")):
        whole = path.read_bytes()
        for _ in range(20):
            flipped = bytearray(whole)
            flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
            path.write_bytes(flipped)
            with pytest.raises(WeightsError):
                load_model(saved)
        path.write_bytes(whole)
    load_model(saved)


def cut_short(card: Path) -> None:
    weights = card.with_suffix(".safetensors")
    weights.write_bytes(weights.read_bytes()[:-100])


def cut_short_with_a_matching_card(card: Path) -> None:
    cut_short(card)
    change(card, weights_sha256=sha256_of(card.with_suffix(".safetensors")))


def remove(card: Path) -> None:
    card.with_suffix(".safetensors").unlink()


def remove_the_card(card: Path) -> None:
    card.unlink()


def put_a_folder(card: Path) -> None:
    remove(card)
    card.with_suffix(".safetensors").mkdir()


def wrong_shape(card: Path) -> None:
    state = load_weights(card.with_suffix(".safetensors"))
    state["1.weight"] = state["1.weight"][:, :13].contiguous()
    replace_weights(card, state)


def missing_tensor(card: Path) -> None:
    state = load_weights(card.with_suffix(".safetensors"))
    del state["1.bias"]
    replace_weights(card, state)


def extra_tensor(card: Path) -> None:
    state = load_weights(card.with_suffix(".safetensors"))
    state["extra"] = torch.zeros(3)
    replace_weights(card, state)


def too_many_numbers(card: Path) -> None:
    state = load_weights(card.with_suffix(".safetensors"))
    state["extra"] = torch.zeros(2_000_000)
    replace_weights(card, state)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (cut_short, "announces"),
        (cut_short_with_a_matching_card, "damaged|part of one"),
        (remove, "are missing"),
        (remove_the_card, "has no card"),
        (put_a_folder, "are missing"),
        (wrong_shape, r"'1.weight' has shape \(4, 13, 3, 3\), expected shape \(4, 16, 3, 3\)"),
        (missing_tensor, "'1.bias' has no values"),
        (extra_tensor, r"'extra' has shape \(3,\), expected no values"),
        (too_many_numbers, "too large for the network"),
    ],
)
def test_damaged_weights_are_refused(
    saved: Path, damage: Callable[[Path], None], sentence: str
) -> None:
    damage(saved)
    with pytest.raises(WeightsError, match=sentence):
        load_model(saved)


def test_other_kinds_of_files_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "weights.pt"
    other.write_bytes(b"anything")
    with pytest.raises(WeightsError, match=r"weights\.pt is not a model"):
        load_model(other)
