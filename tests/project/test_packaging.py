"""The wheel works without the checkout, and the dependencies are stated the way the README says."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scratch_layers.models.card import read_card_file

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = folder.glob("scratch_denoiser-*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def _run_installed(installed: Path, code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(installed)!r})\n{code}"],
        cwd=installed.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def _committed_assets() -> list[Path]:
    folders = (PROJECT / "assets", PROJECT / "pretrained")
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if "__pycache__" not in path.parts]


def test_wheel_carries_the_packages_with_assets_and_models(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"desktop_app/__main__.py", "scratch_layers/layers/__init__.py"} <= names
    assert "desktop_app/_assets/icons/icon-256.png" in names
    for path in _committed_assets():
        assert f"desktop_app/_{path.relative_to(PROJECT).as_posix()}" in names
    top = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert top == {"desktop_app", "scratch_layers"}


@pytest.mark.parametrize("function", ["assets_folder", "pretrained_folder", "sample_picture"])
def test_installed_application_finds_its_own_files(installed: Path, function: str) -> None:
    found = Path(
        _run_installed(
            installed,
            f"from desktop_app.services import resources\nprint(resources.{function}())",
        )
    )
    assert found.exists()
    assert installed.resolve() in found.resolve().parents


def test_installed_application_finds_an_icon_of_every_size(installed: Path) -> None:
    _run_installed(
        installed,
        "from desktop_app.services.resources import icon\n"
        "for size in (16, 24, 32, 48, 64, 128, 256, 512): assert icon(size).is_file()",
    )


def test_a_missing_icon_is_named(installed: Path) -> None:
    message = _run_installed(
        installed,
        "from desktop_app.services.resources import icon\n"
        "try: icon(17)\n"
        "except FileNotFoundError as error: print(error)",
    )
    assert "icon-17.png" in message


def test_console_command_exists(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        text = archive.read(name).decode()
    assert "scratch-denoiser = desktop_app.__main__:main" in text


def test_every_model_has_weights_and_a_card() -> None:
    folder = PROJECT / "pretrained"
    weights = {path.stem for path in folder.glob("*.safetensors")}
    cards = {path.stem for path in folder.glob("*.json")}
    assert weights
    assert weights == cards
    for name in cards:
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def test_every_card_is_as_it_was_written_and_vouches_for_itself() -> None:
    for card in (PROJECT / "pretrained").glob("*.json"):
        text = card.read_text(encoding="utf-8")
        assert '"card_sha256"' in text, card.name
        assert text.strip() == read_card_file(card).to_json().strip()


def _requirements() -> list[Requirement]:
    return [Requirement(line) for line in metadata.requires("scratch-denoiser") or []]


def test_dependencies_have_lower_bounds_only() -> None:
    requirements = [item for item in _requirements() if item.name != "scratch-denoiser"]
    assert requirements
    for requirement in requirements:
        assert [specifier.operator for specifier in requirement.specifier] == [">="], requirement


def test_every_dependency_has_a_tested_version() -> None:
    lines = (PROJECT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    tested = {}
    for pin in pins:
        (specifier,) = pin.specifier
        assert specifier.operator == "==", pin
        tested[canonicalize_name(pin.name)] = specifier.version
    for requirement in _requirements():
        if requirement.name != "scratch-denoiser":
            version = tested[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), requirement
