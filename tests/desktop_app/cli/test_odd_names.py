"""Files whose names are not text in any encoding, as older systems have left them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is text")
@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii:strict"])
def test_a_name_that_is_not_text_stops_nothing(tmp_path, subtracting_model, encoding):
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in (b"caf\xe9.png", b"later.png"):
        Image.new("RGB", (20, 20), (100, 100, 100)).save(photos / os.fsdecode(name))
    where = (photos, "-o", tmp_path / "out")
    how = ("--model", subtracting_model, "--device", "cpu")
    process = subprocess.run(
        [sys.executable, "-m", "desktop_app", "denoise", *where, *how],
        capture_output=True,
        cwd=PROJECT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert process.stderr == b""
    assert b"2 pictures: 2 denoised." in process.stdout
    results = {os.fsencode(path.name) for path in (tmp_path / "out").iterdir()}
    assert results == {b"caf\xe9_denoised.png", b"later_denoised.png"}
