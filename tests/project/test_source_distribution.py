"""The source distribution, unpacked anywhere, does what a checkout does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from email import message_from_string
from pathlib import Path

import pytest

from tests.markdown import PROJECT

FOLDERS = (
    *(".ci", ".github", "assets", "desktop_app", "docs", "pretrained", "scratch_layers", "tests"),
)
MADE_BY_TOOLS = {"__pycache__", "_build", "generated"}
ADDRESS = "https://example.org/owner/name"
SMALL_TEST = "tests/desktop_app/controllers/test_viewport.py"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder)],
        cwd=PROJECT,
        env={**os.environ, "PROJECT_URL": ADDRESS},
        check=True,
        capture_output=True,
        timeout=120,
    )
    (archive,) = folder.glob("scratch_denoiser-*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, **({"filter": "data"} if sys.version_info >= (3, 12) else {}))
    return folder / archive.name.removesuffix(".tar.gz")


def _make(unpacked: Path, *arguments: str) -> str:
    """Run a target of the Makefile as if its environment had been made, on a machine without X."""
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    marks = [f"--assume-old=.venv/.installed-{purpose}" for purpose in ("run", "test")]
    result = subprocess.run(
        ["make", f"PYTHON_ENV={sys.executable}", *marks, *arguments],
        cwd=unpacked,
        env={**environment, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_every_file_of_the_project_is_there(unpacked: Path) -> None:
    for folder in FOLDERS:
        files = [path for path in (PROJECT / folder).rglob("*") if path.is_file()]
        assert files
        for path in files:
            if MADE_BY_TOOLS.isdisjoint(path.parts):
                assert (unpacked / path.relative_to(PROJECT)).is_file(), path
    for name in ("Makefile", "README.md", "CHANGELOG.md", "LICENSE", "constraints.txt"):
        assert (unpacked / name).is_file(), name


@pytest.mark.skipif(os.name == "nt", reason="Windows has no make")
def test_make_run_denoises_the_sample_picture(unpacked: Path) -> None:
    assert "There is no display" in _make(unpacked, "run")
    assert list((unpacked / "sample-results").glob("*.png"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no make")
def test_make_test_runs_tests(unpacked: Path) -> None:
    told = _make(unpacked, "test", f"PYTEST_ARGUMENTS=--numprocesses 0 -q {SMALL_TEST}")
    assert re.search(r"\d+ passed", told)


def test_a_package_page_shows_the_pictures_and_knows_the_way(unpacked: Path) -> None:
    metadata = message_from_string((unpacked / "PKG-INFO").read_text(encoding="utf-8"))
    page = str(metadata.get_payload())
    version = metadata["Version"]
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page)
    assert pictures
    for picture in pictures:
        start = f"{ADDRESS}/raw/v{version}/"
        assert picture.startswith(start)
        assert (PROJECT / picture.removeprefix(start)).is_file()
    assert not re.findall(r"\]\((?!https?:|#)[^)]+\)", page)
    assert f"Source, {ADDRESS}" in metadata.get_all("Project-URL", [])
