"""Shots that are shifted or brighter are found, and those that fit are left in peace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.services.training.images import FolderPhotos
from desktop_app.services.training.pairs import (
    brightness_ratio,
    compare_shots,
    shift_between,
)


def scene(seed: int = 0) -> np.ndarray:
    """Blocks of many sizes and colours, (3, H, W), with room to be shifted."""
    generator = np.random.default_rng(seed)
    result = np.full((3, 150, 190), 90.0)
    for _ in range(60):
        top, left = generator.integers(0, 140), generator.integers(0, 180)
        height, width = generator.integers(6, 40, 2)
        result[:, top : top + height, left : left + width] = generator.uniform(40, 190, (3, 1, 1))
    return result


def shot(seed: int, down: int = 0, right: int = 0, brightness: float = 1.0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    seen = scene()[:, 10 - down : 140 - down, 10 - right : 180 - right] * brightness
    noisy = seen + generator.normal(0, 20, seen.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("shift", [(0, 0), (1, 0), (0, -1), (-2, 3), (7, -6)])
def test_the_shift_of_two_noisy_shots_is_found(shift):
    assert shift_between(shot(1), shot(2, *shift)) == shift


def test_plain_pictures_tell_no_shift():
    generator = np.random.default_rng(0)
    one, other = (generator.integers(90, 130, (3, 80, 80), np.uint8) for _ in range(2))
    assert shift_between(one, other) is None


def test_brightness_is_compared():
    assert brightness_ratio(shot(1), shot(2)) == pytest.approx(1, abs=0.01)
    assert brightness_ratio(shot(1), shot(2, brightness=1.1)) == pytest.approx(1.1, abs=0.02)


def photos(folder: Path, shots: list[np.ndarray]) -> FolderPhotos:
    folder.mkdir()
    paths = [folder / f"{number}.png" for number in range(len(shots))]
    for path, values in zip(paths, shots, strict=True):
        Image.fromarray(values.transpose(1, 2, 0)).save(path)
    return FolderPhotos(paths, [path.stem for path in paths])


def test_what_does_not_fit_is_said_in_sentences(tmp_path):
    first = photos(tmp_path / "first", [shot(number) for number in range(4)])
    fitting = photos(tmp_path / "fitting", [shot(9 + number) for number in range(4)])
    shifted = photos(tmp_path / "shifted", [shot(9 + number, 1, -2) for number in range(4)])
    brighter = photos(tmp_path / "brighter", [shot(9 + n, brightness=1.1) for n in range(4)])
    assert list(compare_shots(first, fitting)) == []
    (sentence,) = compare_shots(first, shifted)
    assert "In 4 of 4 pairs" in sentence
    assert "shifted by 1 pixel down and 2 pixels left" in sentence
    (sentence,) = compare_shots(first, brighter)
    assert "the second shot is brighter, by 10%" in sentence
