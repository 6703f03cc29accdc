"""The measuring of quality runs, and its figures mean what they say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from scratch_layers.metrics import psnr
from tests.quality import methods
from tests.quality.__main__ import main
from tests.quality.figures import measure
from tests.quality.methods import Rival
from tests.quality.sets import CleanSet, Example, SensorSet


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A folder with one smooth picture of 48 x 40 pixels."""
    rows, columns = np.mgrid[0:40, 0:48]
    samples = np.stack([rows * 4 + 40, columns * 4 + 30, rows + columns + 60], axis=-1)
    folder = tmp_path / "clean"
    folder.mkdir()
    Image.fromarray(samples.astype(np.uint8)).save(folder / "slope.png")
    return folder


def test_a_run_writes_table_figures_and_sheets(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(methods, "RIVALS", ())
    output = tmp_path / "out"
    sets = ["--clean", f"Slope={photo}", "--gray", f"Gray={photo}"]
    assert main([*sets, "--output", str(output), "--models", "photo", "--crop", "40"]) == 0
    rows = json.loads((output / "quality.json").read_text())["rows"]
    of = {(r["set_title"], r["condition"], r["method"]): r["figures"]["psnr"] for r in rows}
    for title in ("Slope", "Gray"):
        denoised = of[title, "sigma 25", "`photo`, level known"]
        assert denoised > of[title, "sigma 25", "noisy"] + 3
    assert "| Slope | sigma 25 | noisy | 1 |" in (output / "quality.md").read_text()
    assert {path.name for path in output.glob("*.png")} == {
        f"{title}-sigma-{level}.png" for title in ("Slope", "Gray") for level in (15, 25, 50)
    }


def test_gray_examples_have_one_noise_in_all_channels(photo: Path) -> None:
    example = next(iter(CleanSet("Gray", photo, is_gray=True).examples(0)))
    noise = example.noisy - example.clean
    assert torch.equal(noise[:, 0], noise[:, 1])
    assert float(noise.std()) * 255 == pytest.approx(15, rel=0.1)


def test_a_raw_file_holds_the_noise_of_its_sensitivity(photo: Path) -> None:
    pytest.importorskip("rawpy")
    weak, _, strong = SensorSet("Sensor", photo).examples(0)
    assert [weak.condition, strong.condition] == ["ISO 1600", "ISO 25600"]
    assert psnr(weak.noisy, weak.clean) > psnr(strong.noisy, strong.clean) + 8
    assert strong.developed is not None
    assert strong.developed.mosaic is not None
    assert strong.developed.mosaic.white_balance == pytest.approx((2, 1, 1.5), rel=1e-2)


def test_texture_and_colour_shift() -> None:
    clean = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1)) / 2 + 0.25
    half = clean.mean((2, 3), keepdim=True) + (clean - clean.mean((2, 3), keepdim=True)) / 2
    assert measure(clean, clean).texture == pytest.approx(1)
    assert measure(half, clean).texture == pytest.approx(0.25, rel=1e-3)
    redder = clean + torch.tensor([2.0, 0, 0]).view(1, 3, 1, 1) / 255
    assert measure(redder, clean).colour_shift == pytest.approx(2, rel=1e-3)


def test_a_rival_counts_with_its_best_level() -> None:
    clean = torch.full((1, 3, 8, 8), 0.5)
    example = Example("x", "sigma 10", clean + 0.1, clean, 10.0)
    rival = Rival("shift", "math", lambda noisy, level: noisy - level / 255, (1.0, 2.0, 3.0))
    assert torch.allclose(rival.best(example), example.noisy - 30 / 255)


def test_without_a_set_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "--clean" in capsys.readouterr().err
