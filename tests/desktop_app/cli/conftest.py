"""Running the application as a shell does, but in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from desktop_app.__main__ import main


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run_app(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run the application with arguments; return exit code, standard output and standard error."""

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A JPEG photo of 48 x 32 pixels, all gray, which a JPEG file keeps exactly."""
    path = tmp_path / "photo.jpg"
    Image.fromarray(np.full((32, 48, 3), 120, np.uint8)).save(path, dpi=(240, 240), quality=90)
    return path
