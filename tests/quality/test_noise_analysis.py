"""The truth that the noise analysis is measured by, on a small made pair."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from scratch_layers.noise import seeded_generator
from tests.quality import noise_analysis


def waves() -> torch.Tensor:
    y, x = torch.meshgrid(torch.arange(192.0), torch.arange(192.0), indexing="ij")
    return (0.5 + 0.2 * torch.sin(x / 9) * torch.cos(y / 7)).expand(3, -1, -1)


def test_a_shift_and_another_exposure_are_no_noise() -> None:
    clean = waves()
    noise = 5 / 255 * torch.randn(3, 192, 192, generator=seeded_generator(1))
    noisy = 0.97 * (0.7 * clean + 0.3 * clean.roll(1, 2)) + 0.01 + noise
    inside = (..., slice(8, -8), slice(8, -8))
    found = noise_analysis.true_level(noisy[inside], clean[inside])
    assert found == pytest.approx(5, rel=0.05)


def test_tables_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    noise = 8 / 255 * torch.randn(3, 192, 192, generator=seeded_generator(2))
    for name, image in (("a_real", waves() + noise), ("a_mean", waves())):
        samples = (image.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
        Image.fromarray(np.ascontiguousarray(samples)).save(tmp_path / f"{name}.png")
    noise_analysis.main(["--each", "--pairs", f"{tmp_path}/*_real.png:*_mean.png"])
    printed = capsys.readouterr().out
    assert "| 100 % | white 1 |" in printed
    assert "a_real.png: true 7." in printed or "a_real.png: true 8." in printed


def test_jpeg_loss_is_found_in_jpegs_only(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(90, 160, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=50)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert noise_analysis.jpeg_loss(tmp_path / "a.jpg") > 1
    assert noise_analysis.jpeg_loss(tmp_path / "a.png") == 0
