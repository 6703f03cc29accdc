"""Models from strangers: refused with the name of what is wrong, before memory is taken."""

from __future__ import annotations

import hashlib
import json
import pickle
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scratch_layers.errors import WeightsError
from scratch_layers.models import Denoiser, ModelCard, load_model, save_model

MEGABYTE = 1 << 20


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    denoiser = Denoiser.create("photo-unet", {"widths": [4, 6], "blocks": 1})
    save_model(tmp_path, denoiser, ModelCard(name="own", title="Own"))
    card = tmp_path / "own.json"
    content = json.loads(card.read_text(encoding="utf-8"))
    del content["card_sha256"]  # whoever lies about a model does not vouch for its card
    card.write_text(json.dumps(content), encoding="utf-8")
    return card


def vouch_for(card: Path, weights: bytes) -> None:
    """Put weights there, with a card that has their digest."""
    card.with_suffix(".safetensors").write_bytes(weights)
    content = json.loads(card.read_text(encoding="utf-8"))
    content["weights_sha256"] = hashlib.sha256(weights).hexdigest()
    card.write_text(json.dumps(content), encoding="utf-8")


def parts(card: Path) -> tuple[dict[str, Any], bytes]:
    """The header and the numbers of a model's weights."""
    content = card.with_suffix(".safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def joined(header: object, numbers: bytes) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + numbers


def refused(card: Path, most_megabytes: float = 4.0) -> str:
    """Load a model; return the sentence, and see that hardly any memory was taken for it."""
    tracemalloc.start()
    try:
        with pytest.raises(WeightsError) as caught:
            load_model(card)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 600
    assert peak < most_megabytes * MEGABYTE, f"{peak} bytes were taken"
    return sentence


def huge_shape(header: dict[str, Any]) -> None:
    header["1.weight"]["shape"] = [1 << 20, 1 << 20]


def huge_shape_and_offsets(header: dict[str, Any]) -> None:
    header["1.weight"]["shape"] = [1 << 38]
    header["1.weight"]["data_offsets"] = [0, 1 << 40]


def wrong_type(header: dict[str, Any]) -> None:
    header["1.weight"]["dtype"] = "I32"


def unknown_type(header: dict[str, Any]) -> None:
    header["1.weight"]["dtype"] = "Q99"


def path_as_name(header: dict[str, Any]) -> None:
    header["../../etc/passwd"] = header.pop("1.weight")


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (huge_shape, "'1.weight'"),
        (huge_shape_and_offsets, "announces"),
        (wrong_type, "'1.weight' holds torch.int32"),
        (unknown_type, "'1.weight' is not described"),
        (path_as_name, "'../../etc/passwd'"),
    ],
)
def test_headers_that_lie(saved: Path, lie: Callable[[dict[str, Any]], None], words: str) -> None:
    header, numbers = parts(saved)
    lie(header)
    vouch_for(saved, joined(header, numbers))
    assert words in refused(saved)


@pytest.mark.parametrize("length", [0, 1, 7, 1 << 24, (1 << 24) + 1, 1 << 40, (1 << 63) - 1])
def test_lengths_of_headers_that_lie(saved: Path, length: int) -> None:
    _, numbers = parts(saved)
    vouch_for(saved, length.to_bytes(8, "little") + numbers)
    assert "safetensors" in refused(saved)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_no_numbers(saved: Path, value: float) -> None:
    header, numbers = parts(saved)
    poisoned = bytearray(numbers)
    begin = header["1.bias"]["data_offsets"][0]
    poisoned[begin : begin + 4] = torch.tensor([value]).numpy().tobytes()
    vouch_for(saved, joined(header, bytes(poisoned)))
    assert "'1.bias' holds NaN or infinite values" in refused(saved)


def test_a_file_of_gigabytes_is_not_read(saved: Path) -> None:
    """A hole of 64 GB costs no room on the disk; reading it would take minutes."""
    with saved.with_suffix(".safetensors").open("r+b") as file:
        file.truncate(1 << 36)
    assert "too large" in refused(saved)


def test_a_card_cannot_ask_for_gigabytes(saved: Path) -> None:
    content = json.loads(saved.read_text(encoding="utf-8"))
    content["configuration"] = {"widths": [512] * 6, "blocks": 16}
    saved.write_text(json.dumps(content), encoding="utf-8")
    assert "do not fit" in refused(saved)


@pytest.mark.parametrize(
    "name", ["../own", "/etc/passwd", "..", "a/b", "a\\b", "C:own", "\u202eown", "a" * 65]
)
def test_names_that_play_tricks(saved: Path, name: str) -> None:
    content = json.loads(saved.read_text(encoding="utf-8"))
    content["name"] = name
    saved.write_text(json.dumps(content), encoding="utf-8")
    assert "'name' of letters" in refused(saved)


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "\x1b[2Jowned"},
        {"description": "a\0b"},
        {"licence": "\ud800"},
        {"measured": {"\x1b]0;owned\x07": {}}},
        {"trained": {"with": "\r\x9b"}},
    ],
)
def test_texts_that_would_play_tricks_on_a_terminal(saved: Path, fields: dict[str, Any]) -> None:
    content = {**json.loads(saved.read_text(encoding="utf-8")), **fields}
    saved.write_text(json.dumps(content), encoding="utf-8")
    assert "which cannot be shown" in refused(saved)


def test_other_kinds_of_model_files(tmp_path: Path) -> None:
    for ending in ("pt", "pth", "bin", "ckpt", "pkl", "npz", "yaml"):
        path = tmp_path / f"model.{ending}"
        path.write_bytes(b"cos\nsystem\n(S'touch owned'\ntR.")
        with pytest.raises(WeightsError, match="is not a model"):
            load_model(path)
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("protocol", range(2, 6))
def test_a_pickle_with_a_false_ending_is_called_what_it_is(tmp_path: Path, protocol: int) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(pickle.dumps({"weights": [1.0, 2.0]}, protocol))
    with pytest.raises(WeightsError, match="is a pickle with a false ending.* is refused"):
        load_model(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_card_is_loaded_or_refused(saved: Path, data: st.DataObject) -> None:
    original = saved.read_bytes()
    content = json.loads(original)
    keys = st.sampled_from(sorted(content)) | st.text(max_size=8)
    for key in data.draw(st.lists(keys, min_size=1, max_size=3)):
        content[key] = data.draw(json_values)
    try:
        saved.write_text(json.dumps(content), encoding="utf-8")
        with suppress(WeightsError):
            load_model(saved)
    finally:
        saved.write_bytes(original)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_header_is_loaded_or_refused(saved: Path, data: st.DataObject) -> None:
    header, numbers = parts(saved)
    before = saved.read_bytes(), saved.with_suffix(".safetensors").read_bytes()
    name = data.draw(st.sampled_from(sorted(header)))
    field = data.draw(st.sampled_from(["dtype", "shape", "data_offsets", "other"]))
    header[name] = {**header[name], field: data.draw(json_values)}
    try:
        vouch_for(saved, joined(header, numbers))
        with suppress(WeightsError):
            load_model(saved)
    finally:
        saved.write_bytes(before[0])
        saved.with_suffix(".safetensors").write_bytes(before[1])
