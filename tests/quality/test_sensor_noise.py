"""The measurement of sensor noise against the truth."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tests.quality import sensor_noise


def test_a_ramp_is_told_its_noise_and_too_small_photos_are_left_out(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sensor_noise, "CROP", 256)
    ramp = np.linspace(10, 200, 300)[None, :, None].repeat(280, 0).repeat(3, 2).astype(np.uint8)
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    Image.fromarray(ramp[:100]).save(tmp_path / "small.png")
    [(name, light)] = sensor_noise.crops(tmp_path)
    assert (name, light.shape) == ("ramp.png", (256, 256))
    errors = sensor_noise.measured(light, 3e-3, 5e-6, seed=0)
    assert errors.level < 0.1
    assert errors.close > 0.9
    sensor_noise.main(tmp_path)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": level")[0] for line in lines] == [
        "ISO 1600, 1 photos", "ISO 6400, 1 photos", "ISO 25600, 1 photos",
    ]  # fmt: skip
