"""Which models can be chosen, and loading one of them by name or by file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from desktop_app.services.models import model_store
from desktop_app.services.models.model_store import ModelNotFoundError, find, list_models, load
from scratch_layers.errors import DeviceError, WeightsError
from scratch_layers.models import Denoiser, ModelCard, save_model

TINY = Denoiser.create("photo-unet", {"widths": [4], "blocks": 1})
CARD = ModelCard(name="photo", title="For photos", noise={"kind": "gaussian"})


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "pretrained"
    folder.mkdir()
    monkeypatch.setattr(model_store, "pretrained_folder", lambda: folder)
    return folder


@pytest.fixture
def own(private_user_folders: Path) -> Path:
    folder = model_store.user_models_folder()
    assert folder.is_relative_to(private_user_folders)
    folder.mkdir(parents=True)
    return folder


def add(folder: Path, name: str, title: str = "A model") -> Path:
    save_model(folder, TINY, replace(CARD, name=name, title=title))
    return folder / f"{name}.safetensors"


def test_the_default_comes_first_then_shipped_then_own(shipped: Path, own: Path) -> None:
    add(own, "holiday")
    add(shipped, "camera")
    path = add(shipped, "photo", "For photos")
    entries = list_models()
    assert [entry.name for entry in entries] == ["photo", "camera", "holiday"]
    assert entries[0].title == "For photos"
    assert entries[0].path == path
    assert entries[0].card.configuration == {"widths": [4], "blocks": 1}


def test_no_models_at_all_is_an_empty_list(monkeypatch: pytest.MonkeyPatch) -> None:
    def incomplete() -> Path:
        raise FileNotFoundError("pretrained")

    monkeypatch.setattr(model_store, "pretrained_folder", incomplete)
    assert list_models() == []
    with pytest.raises(ModelNotFoundError, match="installed are: none"):
        find("photo")


def test_listing_models_does_not_import_torch() -> None:
    script = (
        "import sys\n"
        "from desktop_app.services.models.model_store import list_models\n"
        "list_models()\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_damaged_models_are_left_out_and_named(shipped: Path, own: Path) -> None:
    add(shipped, "photo")
    (shipped / "notes.json").write_text("[]", encoding="utf-8")
    (shipped / "half.json").write_text('{"format": 1, "name"', encoding="utf-8")
    (shipped / "untitled.json").write_text('{"format": 1, "name": "x"}', encoding="utf-8")
    (shipped / "huge.json").write_bytes(b" " * 300_000)
    (shipped / "nested.json").write_bytes(b"[" * 100_000)
    (own / "folder.json").mkdir()
    add(own, "lonely").unlink()
    add(own, "photo")
    problems: list[str] = []
    assert [entry.path.parent for entry in list_models(problems.append)] == [shipped]
    expected = {
        "notes.json is not a model card": 1,
        "half.json is not valid JSON": 1,
        "nested.json is not valid JSON": 1,
        "untitled.json lacks the field": 1,
        "huge.json is too large": 1,
        "folder.json cannot be read": 1,
        "no weights lonely.safetensors": 1,
        "is hidden by": 1,
    }
    assert {part: sum(part in problem for problem in problems) for part in expected} == expected
    assert len(problems) == len(expected)


def test_a_draft_of_a_card_is_no_model(shipped: Path) -> None:
    add(shipped, "photo")
    (shipped / ".photo.json").write_text("{", encoding="utf-8")
    problems: list[str] = []
    list_models(problems.append)
    assert problems == []


def test_load_by_name_and_by_path(shipped: Path, own: Path, tmp_path: Path) -> None:
    add(shipped, "photo")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    add(elsewhere, "mine")
    image = torch.rand(1, 3, 5, 5)
    for wanted in ("photo", elsewhere / "mine.safetensors", str(elsewhere / "mine.json")):
        denoiser, card = load(wanted, "cpu")
        assert torch.equal(denoiser.denoise(image, 0.1), TINY.denoise(image, 0.1))
        assert card.architecture == "photo-unet"


def test_a_model_can_compute_in_fewer_bits(shipped: Path) -> None:
    add(shipped, "photo")
    exact, rough = (load("photo", "cpu", precision)[0] for precision in model_store.PRECISIONS)
    assert (exact.dtype, rough.dtype) == (torch.float32, torch.bfloat16)
    image = torch.rand(1, 3, 40, 32)
    found, expected = rough.denoise(image, 0.1), exact.denoise(image, 0.1)
    assert found.dtype == torch.float32
    assert 0 < float((found - expected).abs().max()) < 0.01


def test_unknown_names_and_files_are_named(shipped: Path, tmp_path: Path) -> None:
    add(shipped, "photo")
    with pytest.raises(ModelNotFoundError, match="no model called 'phto'; installed are: photo"):
        load("phto", "cpu")
    missing = tmp_path / "gone.safetensors"
    with pytest.raises(ModelNotFoundError, match=r"no model file .*gone\.safetensors"):
        load(missing, "cpu")


def test_a_card_that_names_another_file_is_refused(shipped: Path) -> None:
    path = add(shipped, "photo")
    card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    card["weights"] = "/etc/passwd"
    path.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(WeightsError, match="unknown field 'weights'"):
        load(path, "cpu")
    with pytest.raises(ModelNotFoundError, match="none.* unknown field 'weights'"):
        load("photo", "cpu")


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"x")
    with pytest.raises(WeightsError, match=r"picture\.png is not a model"):
        load(path, "cpu")


def test_an_unknown_device_is_refused(shipped: Path) -> None:
    add(shipped, "photo")
    with pytest.raises(DeviceError, match="abacus"):
        load("photo", "abacus")


@pytest.mark.skipif(os.name != "posix", reason="needs pipes and permissions of POSIX")
def test_no_odd_entry_hides_a_model_or_stops_it_from_loading(shipped: Path, own: Path) -> None:
    path = add(own, "mine")
    add(shipped, "photo")
    good = json.loads(path.with_suffix(".json").read_text())
    odd: dict[str, object] = {
        "kind": {**good, "noise": {"kind": ["x"], "sigma_255": "ab"}},
        "range": {**good, "noise": {"sigma_255": [3]}},
        "figures": {**good, "measured": {"a": {"b": {"psnr": "x", "ssim": None}}}},
        "without": {**good, "measured": {"a": {"b": {"psnr": 1}}}},
        "flat": {**good, "measured": {"a": 3}},
        "huge": {**good, "trained": {"steps": 10**300}},
        "lines": {**good, "title": "one\ntwo"},
        "long": {**good, "title": "x" * 5000},
        "escape": {**good, "title": "\x1b[31m"},
        "half": {**good, "title": "\ud800"},
        "version": {**good, "format": 2},
        "list": [good],
        "null": None,
    }
    for name, content in odd.items():
        shutil.copy(path, own / f"{name}.safetensors")
        (own / f"{name}.json").write_text(json.dumps(content))
    (own / "deep.json").write_text("[" * 100_000)
    (own / "bytes.json").write_bytes(b"\xff\xfe\0")
    os.mkfifo(own / "pipe.json")
    (own / "folder.json").mkdir()
    (own / "nowhere.json").symlink_to(own / "gone")
    (own / "itself.json").symlink_to(own / "itself.json")
    shutil.copy(path.with_suffix(".json"), own / "pipe2.json")
    os.mkfifo(own / "pipe2.safetensors")
    problems: list[str] = []
    entries = list_models(problems.append)
    assert [entry.name for entry in entries] == ["photo", "mine"]
    assert len(problems) == len(odd) + 7
    assert all(problem.endswith(".") and "\n" not in problem for problem in problems)
    assert load("mine", "cpu")[1].title == "A model"
    assert load(path, "cpu")[1].title == "A model"
