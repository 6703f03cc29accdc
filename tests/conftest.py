"""What every test relies on: a display, folders of its own, examples that can be repeated."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

# Torch reads these when it is imported. Threads that spin while they wait for each other take the
# cores from whatever else runs; the workers of a parallel run keep all cores busy by themselves.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import HealthCheck, settings

from tests import virtual_display

_DISPLAY = pytest.StashKey[ExitStack]()
# Kept out of the private folders: matplotlib would list the system's fonts anew for every test.
_FONT_CACHE = os.environ.get("MPLCONFIGDIR") or str(Path.home() / ".cache" / "matplotlib")

settings.register_profile(
    "suite",
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.register_profile("search", settings.get_profile("suite"), derandomize=False)
settings.register_profile("thorough", settings.get_profile("search"), max_examples=500)


def pytest_configure(config: pytest.Config) -> None:
    """Choose the examples and open the virtual display, one for each worker of a parallel run."""
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
    stack = config.stash[_DISPLAY] = ExitStack()
    distributes = bool(getattr(config.option, "numprocesses", None))
    if virtual_display.needed() and not distributes:
        stack.enter_context(virtual_display.virtual_display())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close the virtual display."""
    if _DISPLAY in config.stash:
        config.stash[_DISPLAY].close()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Collect cyclic garbage between the files of tests, here on the main thread, and only here.

    Automatic collection runs on whatever thread allocates: what is left of a window whose last
    worker ended late would be collected on a thread of a later test, where Tk must not be entered.
    """
    gc.disable()
    result = yield
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
    return result


def pytest_report_header() -> str:
    """Say where windows will appear."""
    if virtual_display.needed():
        return "display: a virtual one for each test process"
    return f"display: {os.environ.get('DISPLAY', 'the desktop, where the system has one')}"


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders for the tests of this process; pytest's own numbering looks at all for each."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def private_user_folders(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, models and runs of the person who tests are neither read nor written.

    Nor is their desktop asked for its dialogs.
    """
    home = next(homes)
    home.mkdir()
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("MPLCONFIGDIR", _FONT_CACHE)
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home))
    return home


@pytest.fixture
def system_bin(private_user_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty bin as freedesktop.org describes it, where what is deleted goes."""
    plat_other = pytest.importorskip("send2trash.plat_other", exc_type=ImportError)
    folder = private_user_folders / "bin"
    monkeypatch.setattr("send2trash.send2trash", plat_other.send2trash)
    monkeypatch.setattr(plat_other, "HOMETRASH_B", os.fsencode(folder))
    return folder
