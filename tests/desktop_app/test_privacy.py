"""Nobody but the person at the machine learns of a picture: no network, nothing left behind."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.controllers.problems import describe
from desktop_app.services.errors import AppError
from desktop_app.services.pictures import open_picture
from scratch_layers.errors import ScratchError
from scratch_layers.models import load_model
from tests.network import forbidden_sockets

PROJECT = Path(__file__).resolve().parents[2]
SECRET = b"Where the treasure lies"

WITHOUT_SOCKETS = """
import json, sys
from tests.network import forbidden_sockets
from desktop_app.__main__ import main

with forbidden_sockets() as attempts:
    codes = [main(arguments) for arguments in json.loads(sys.argv[1])]
sys.exit(f"tried {attempts}" if attempts else max(codes))
"""


def test_the_watch_sees_sockets():
    with forbidden_sockets() as attempts, pytest.raises(PermissionError):
        socket.create_connection(("127.0.0.1", 9))
    assert attempts


def run(temporary: Path, *commands: tuple[object, ...]) -> subprocess.CompletedProcess[bytes]:
    """Give commands to a process of their own that may use no socket."""
    arguments = json.dumps([list(map(str, command)) for command in commands])
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "TMPDIR": str(temporary)}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_SOCKETS, arguments],
        capture_output=True,
        cwd=PROJECT,
        env=environment,
        check=False,
    )


def test_commands_use_no_network_and_leave_no_temporary_files(tmp_path, subtracting_model):
    photos, temporary = tmp_path / "photos", tmp_path / "temporary"
    for folder in (photos, temporary):
        folder.mkdir()
    for number in range(4):
        coarse = np.random.default_rng(number).integers(0, 256, (5, 6, 3), np.uint8)
        Image.fromarray(coarse).resize((48, 40)).save(photos / f"{number}.png")
    size = ("--widths", "4", "--blocks", "1", "--batch", "2", "--patch", "16")
    process = run(
        temporary,
        ("denoise", photos, "-o", tmp_path / "out", "--model", subtracting_model),
        ("models",),
        ("train", "photo", "--data", photos, "--run", tmp_path / "run", "--steps", 2, *size),
    )
    assert process.returncode == 0, process.stderr
    assert len(list((tmp_path / "out").iterdir())) == 4
    assert (tmp_path / "run" / "last.safetensors").exists()
    assert list(temporary.iterdir()) == []
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]


def test_reports_of_errors_hold_nothing_of_the_picture(tmp_path):
    samples = np.frombuffer((SECRET * 401)[: 48 * 64 * 3], np.uint8).reshape(48, 64, 3)
    for ending in ("png", "jpg", "tif", "bmp", "webp", "gif", "ppm"):
        path = tmp_path / f"a.{ending}"
        Image.fromarray(samples).save(path)
        path.write_bytes(path.read_bytes()[:-300] + SECRET)
        report_of(path)
    for content in (SECRET * 20, b"P6 " + SECRET, b"GIF89a" + SECRET, b"II*\0" + SECRET):
        (tmp_path / "b.png").write_bytes(content)
        report_of(tmp_path / "b.png")
    (tmp_path / "model.safetensors").write_bytes(SECRET * 10)
    (tmp_path / "model.json").write_bytes(SECRET * 10)
    report_of(tmp_path / "model.safetensors")


def report_of(path: Path) -> None:
    """What the window would show and let people copy, of a file that cannot be read."""
    try:
        open_picture(path) if path.suffix != ".safetensors" else load_model(path)
    except (AppError, ScratchError) as error:
        problem = describe("The picture could not be opened", error)
        assert "treasure" not in problem.sentence + problem.details
        assert str(path.with_suffix("")) in problem.sentence
