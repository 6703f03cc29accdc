"""Other denoisers beside ours: slow ones are scaled up and labelled, absent ones are named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.benchmarks import photos
from tests.benchmarks.competitors import COMPETITORS, Competitor, ffdnet_shaped_network
from tests.benchmarks.peak_memory import ChildError, Finished
from tests.benchmarks.pictures import noisy_photo
from tests.benchmarks.row import Row
from tests.benchmarks.settings import Settings

TRIAL = (100, 50)


def _rows(monkeypatch: pytest.MonkeyPatch, other: Competitor, seconds_per_pixel: float) -> Row:
    """Return the row for a 24 MP photo and a competitor of this speed; ours takes 30 s."""

    def run(module: str, function: str, *arguments: Any) -> Finished:
        if module == "photos":
            return Finished({"whole": 33.0, "denoising": 30.0}, 900.0)
        _, width, height, _ = arguments
        if seconds_per_pixel < 0:
            raise ChildError("MemoryError")
        return Finished(seconds_per_pixel * width * height, 2000.0)

    monkeypatch.setattr(photos, "run_in_child", run)
    monkeypatch.setattr(photos, "write_noisy_jpeg", lambda *arguments: None)
    monkeypatch.setattr(photos, "COMPETITORS", {"other": other})
    _, _, _, beside = photos.rows(Settings())
    assert (beside.scratch_ms, beside.scratch_mib) == (30_000, 900)
    return beside


def _competitor(module: str = "", package: str = "") -> Competitor:
    return Competitor("Another", lambda samples, _: samples, TRIAL, module, package)


def test_a_quick_one_sees_the_whole_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    row = _rows(monkeypatch, _competitor(), 59 / 24e6)
    assert row.other_ms == pytest.approx(59_000)
    assert row.other_mib == 2000
    assert row.other == "Another"


def test_a_slow_one_is_scaled_up_and_labelled(monkeypatch: pytest.MonkeyPatch) -> None:
    row = _rows(monkeypatch, _competitor(), 600 / 24e6)
    assert row.other_ms == pytest.approx(600_000)
    assert row.other_mib is None
    assert row.other == "Another (SCALED UP from 0.005 MP)"


def test_a_failure_is_told_in_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    row = _rows(monkeypatch, _competitor(), -1)
    assert row.other_ms is None
    assert row.note == "failed: MemoryError"


def test_an_absent_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    row = _rows(monkeypatch, _competitor("no_such_module", "no-such-package"), 1.0)
    assert row.other_ms is None
    assert row.note == "no-such-package is not installed"


def test_the_ffdnet_shape_has_its_published_size() -> None:
    weights = sum(value.numel() for value in ffdnet_shaped_network().parameters())
    assert weights == pytest.approx(852e3, rel=0.01)


def test_ffdnet_returns_a_photo() -> None:
    photo = noisy_photo(48, 32)
    clean = COMPETITORS["ffdnet"].denoise(photo, torch.device("cpu"))
    assert (clean.shape, clean.dtype) == ((32, 48, 3), np.uint8)


def test_the_photo_has_the_noise_it_is_said_to_have() -> None:
    assert np.array_equal(noisy_photo(300, 300), noisy_photo(300, 300))
    difference = np.diff(noisy_photo(400, 400).astype(float), axis=0)
    # Along columns the picture itself hardly changes from pixel to pixel.
    assert np.median(np.abs(difference)) / 0.6745 / 2**0.5 == pytest.approx(25, rel=0.1)
