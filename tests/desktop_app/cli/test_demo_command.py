"""The demonstration that ``make run`` shows where no window can open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from desktop_app.__main__ import main
from desktop_app.services.pictures import open_picture
from desktop_app.services.resources import sample_picture
from scratch_layers.models import Denoiser, ModelCard, save_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    tiny = Denoiser.create("photo-unet", {"widths": [4], "blocks": 1})
    save_model(folder, tiny, ModelCard(name="tiny", title="Tiny"))
    return folder / "tiny.safetensors"


def test_both_pictures_are_written_and_measured(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "results"
    command = ["demo", "-o", str(folder), "--model", str(model), "--device", "cpu"]
    assert main(command) == 0
    output = capsys.readouterr().out
    clean = open_picture(sample_picture())
    for name in ("noisy.png", "denoised.png"):
        assert str(folder.resolve() / name) in output
        assert open_picture(folder / name).samples.shape == clean.samples.shape
    noisy_psnr, _ = (float(figure) for figure in re.findall(r"PSNR ([\d.]+) dB", output))
    assert 20.0 < noisy_psnr < 21.5

    before = (folder / "noisy.png").read_bytes()
    assert main(command) == 0
    assert (folder / "noisy.png").read_bytes() == before


def test_a_file_cannot_be_the_folder(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "results"
    target.write_text("mine")
    assert main(["demo", "-o", str(target), "--model", str(model)]) == 1
    assert "is a file" in capsys.readouterr().err
    assert target.read_text() == "mine"
