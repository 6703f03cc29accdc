"""Weights files: what goes in comes out, writing is all or nothing, and damage is always named."""

from __future__ import annotations

import errno
import hashlib
import json
import math
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from scratch_layers import weights
from scratch_layers.errors import WeightsError
from scratch_layers.models import Denoiser, ModelCard, load_model, save_model
from scratch_layers.weights import load_weights, read_metadata, save_weights, sha256_of

STATE = {
    "0.weight": torch.arange(24, dtype=torch.float32).view(2, 3, 2, 2) / 7,
    "0.bias": torch.tensor([1.5, -2.0]),
    "rate": torch.tensor(1e-3, dtype=torch.float64),
    "step": torch.tensor(12),
    "generator": torch.arange(5, dtype=torch.uint8),
    "flags": torch.tensor([True, False]),
    "nothing": torch.zeros(0, 3),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "net.safetensors"


def safetensors_bytes(header: object, numbers: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + numbers


def entry(dtype: Any = "F32", shape: Any = (2,), offsets: Any = (0, 8)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def test_what_was_saved_is_loaded(path: Path) -> None:
    save_weights(path, STATE, metadata={"title": "größer"})
    loaded = load_weights(path)
    assert loaded.keys() == STATE.keys()
    for name, tensor in STATE.items():
        assert loaded[name].dtype == tensor.dtype
        assert torch.equal(loaded[name], tensor)
    assert read_metadata(path) == {"title": "größer"}


def test_a_file_without_metadata_has_none(path: Path) -> None:
    save_weights(path, STATE)
    assert read_metadata(path) == {}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_takes_less_room_and_comes_back_as_float32(
    path: Path, dtype: torch.dtype
) -> None:
    save_weights(path, STATE, dtype=dtype)
    loaded = load_weights(path)
    assert loaded["0.weight"].dtype == torch.float32
    assert torch.equal(loaded["0.weight"], STATE["0.weight"].to(dtype).float())
    assert loaded["step"].dtype == torch.int64
    assert loaded["generator"].dtype == torch.uint8


def test_views_and_shared_memory_are_saved_by_value(path: Path) -> None:
    base = torch.arange(12.0).view(3, 4)
    save_weights(path, {"whole": base, "turned": base.T, "part": base[1:, ::2]})
    loaded = load_weights(path)
    assert torch.equal(loaded["whole"], base)
    assert torch.equal(loaded["turned"], base.T)
    assert torch.equal(loaded["part"], base[1:, ::2])


def test_digest_is_that_of_the_bytes(path: Path) -> None:
    path.write_bytes(b"x" * 3_000_000)
    assert sha256_of(path) == hashlib.sha256(b"x" * 3_000_000).hexdigest()


def test_an_existing_file_is_replaced_and_nothing_else_is_left(path: Path) -> None:
    path.write_text("old")
    save_weights(path, STATE)
    assert torch.equal(load_weights(path)["step"], STATE["step"])
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("exists", [True, False])
def test_a_full_disk_leaves_the_folder_as_it_was(
    path: Path, exists: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if exists:
        save_weights(path, {"old": torch.ones(2)})

    def fill_the_disk(file: BinaryIO, data: bytes) -> None:
        file.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(weights, "_write", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        save_weights(path, STATE)
    assert list(path.parent.iterdir()) == ([path] if exists else [])
    if exists:
        assert torch.equal(load_weights(path)["old"], torch.ones(2))


def test_a_missing_folder_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        save_weights(tmp_path / "no" / "net.safetensors", STATE)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_values_that_are_not_finite_are_never_written(path: Path, value: float) -> None:
    with pytest.raises(WeightsError, match=r"'1\.bias' holds NaN or infinite"):
        save_weights(path, {"0.bias": torch.ones(2), "1.bias": torch.tensor([1.0, value])})
    assert not path.exists()


def test_values_too_large_for_half_precision_are_refused(path: Path) -> None:
    with pytest.raises(WeightsError, match=r"'big'.*float16"):
        save_weights(path, {"big": torch.tensor([1e6])}, dtype=torch.float16)
    assert not path.exists()


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_values_that_are_not_finite_are_never_loaded(path: Path, value: float) -> None:
    numbers = torch.tensor([1.0, value]).numpy().tobytes()
    path.write_bytes(safetensors_bytes({"0.bias": entry()}, numbers))
    with pytest.raises(WeightsError, match=r"'0\.bias' holds NaN or infinite"):
        load_weights(path)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"not json at all", "no JSON"),
        (b"\xff\xfe\xff", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[1, 2]", "no names"),
        ({"a": 3}, "'a' is not described"),
        ({"a": {"dtype": "F32"}}, "'a' is not described"),
        ({"a": entry(dtype="F8_E5M2")}, "'a' is not described"),
        ({"a": entry(dtype=["F32"])}, "'a' is not described"),
        ({"a": entry(shape=2)}, "'a' is not described"),
        ({"a": entry(offsets=[0, 4, 8])}, "'a' is not described"),
        ({"a": entry(offsets=["0", "8"])}, "'a' do not agree"),
        ({"a": entry(shape=[3])}, "'a' do not agree"),
        ({"a": entry(shape=[-1, -2])}, "'a' do not agree"),
        ({"a": entry(shape=[2.0])}, "'a' do not agree"),
        ({"a": entry(shape=[1 << 62, 1 << 62])}, "'a' do not agree"),
        ({"a": entry(offsets=[-8, 0])}, "'a' do not agree"),
        ({"a": entry(shape=[1 << 40], offsets=[0, 1 << 42])}, "announces"),
        ({"a": entry(shape=[1], offsets=[0, 4])}, "announces 4 bytes"),
        ({}, "announces 0 bytes"),
        ({"a": entry(), "b": entry()}, "damaged"),
        ({"a": entry(shape=[1], offsets=[4, 8])}, "damaged"),
        ({"a": entry(), "__metadata__": {"title": 3}}, "damaged"),
    ],
)
def test_a_header_that_lies_is_refused(path: Path, header: object, words: str) -> None:
    path.write_bytes(safetensors_bytes(header, bytes(8)))
    with pytest.raises(WeightsError, match=words) as caught:
        load_weights(path)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("metadata", [3, ["title"], {"title": 3}])
def test_metadata_that_are_not_texts_are_refused(path: Path, metadata: object) -> None:
    path.write_bytes(safetensors_bytes({"__metadata__": metadata}, b""))
    with pytest.raises(WeightsError, match="metadata"):
        read_metadata(path)


@pytest.mark.parametrize(
    "content", [b"", b"abc", bytes(100), b"\xff" * 100, b"a text file, named wrongly"]
)
def test_other_files_are_not_mistaken_for_weights(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for read in (load_weights, read_metadata):
        with pytest.raises(WeightsError, match="not a safetensors file"):
            read(path)


def test_a_huge_file_is_refused_before_its_content_is_read(path: Path) -> None:
    with path.open("wb") as file:
        file.write(safetensors_bytes({"a": entry()}, bytes(8)))
        file.truncate(1 << 36)
    with pytest.raises(WeightsError, match="announces 8 bytes"):
        load_weights(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for read in (load_weights, read_metadata, sha256_of):
        with pytest.raises(WeightsError, match=r"gone\.safetensors cannot be read: No such file"):
            read(tmp_path / "gone.safetensors")
        with pytest.raises(WeightsError, match="cannot be read"):
            read(tmp_path)


@pytest.fixture(scope="module")
def sound_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("sound") / "net.safetensors"
    save_weights(path, STATE, metadata={"title": "net"})
    return path.read_bytes()


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_raise_nothing_but_weights_errors(
    path: Path, sound_bytes: bytes, data: st.DataObject
) -> None:
    content = bytearray(sound_bytes)
    for _ in range(data.draw(st.integers(0, 3), label="flips")):
        bit = data.draw(st.integers(0, 8 * len(content) - 1), label="bit")
        content[bit // 8] ^= 1 << bit % 8
    length = data.draw(st.integers(0, len(content)) | st.just(len(content)), label="length")
    path.write_bytes(content[:length] + data.draw(st.binary(max_size=3), label="appended"))
    loaded: dict[str, Tensor] = {}
    with suppress(WeightsError):
        loaded = load_weights(path)
        read_metadata(path)
    for tensor in loaded.values():
        assert tensor.isfinite().all()


@pytest.mark.parametrize("letter", ["a", "山", "😀"])
def test_every_legal_name_holds_weights_and_models(tmp_path: Path, letter: str) -> None:
    room = 255 - len(".safetensors")
    path = tmp_path / (letter * (room // len(letter.encode())) + ".safetensors")
    save_weights(path, STATE)
    assert load_weights(path).keys() == STATE.keys()
    denoiser = Denoiser.create("plain", {"widths": [4]})
    save_model(path, denoiser, ModelCard(name="own", title="Own"))
    assert load_model(path)[1].title == "Own"
    assert len(list(tmp_path.iterdir())) == 2
