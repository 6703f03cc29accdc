"""A real window on a real display for every test that asks for one, watched for hidden mistakes."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.desktop_app.ui.driver import Driver
from tests.desktop_app.ui.windows import Windows, watch_collections


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Empty a failed test's frames, whose widgets would be collected on whichever thread is next.

    Tcl ends the whole process when one of its objects goes on another thread than its own.
    """
    report = yield
    if call.excinfo is not None:
        traceback.clear_frames(call.excinfo.tb)
    return report


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real model, small enough to be quick, that leaves pictures almost as they are."""
    from scratch_layers.models import Denoiser, ModelCard, save_model

    denoiser = Denoiser.create("photo-unet", {"widths": [4, 4], "blocks": 1})
    for _, parameter in denoiser.network.named_parameters():
        parameter.value.mul_(0.3)
    folder = tmp_path_factory.mktemp("models")
    card = ModelCard(name="tiny", title="Tiny", noise={"kind": "gaussian", "sigma_255": [0, 75]})
    save_model(folder, denoiser, card)
    return folder / "tiny.safetensors"


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Iterator[Windows]:
    """The windows of a module; at its end, none has left garbage that another thread collects."""
    with pytest.MonkeyPatch.context() as patch:
        offences = watch_collections(patch)
        windows = Windows(tiny_model, tmp_path_factory.mktemp("windows"), offences)
        yield windows
        windows.close()
        gc.collect()
        windows.check()


@pytest.fixture
def make_window(windows: Windows, tmp_path: Path) -> Iterator[Callable[..., Driver]]:
    """Open new windows, which are closed after the test."""

    def make(
        scale: float = 1.0, paths: Sequence[Path] = (), folder: Path = tmp_path, **settings: object
    ) -> Driver:
        return windows.make(folder, scale, paths, **settings)

    yield make
    windows.close()
    windows.check()


@pytest.fixture
def app(windows: Windows) -> Iterator[Driver]:
    """A window, ready to work: a new one, or one that is as it was when it was new."""
    driver = windows.lend()
    yield driver
    windows.take_back(driver)
    windows.check()


@pytest.fixture
def own_window(windows: Windows) -> None:
    """For modules whose tests leave more behind than can be tidied up."""
    windows.keeps = False


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small colourful picture with structure and noise."""
    return _write_photo(tmp_path / "photo.png")


@pytest.fixture
def make_photo() -> Callable[..., Path]:
    """A function that writes such a picture to a path, with another seed."""
    return _write_photo


def _write_photo(path: Path, width: int = 160, height: int = 120, seed: int = 1) -> Path:
    """Write a picture of smooth colours, an edge and noise."""
    rows, columns = np.mgrid[0:height, 0:width]
    channels: Sequence[np.ndarray] = (
        60 + 100 * columns / width,
        60 + 100 * rows / height,
        np.where(columns > width // 2, 160, 80),
    )
    clean = np.stack([channel.astype(float) for channel in channels], axis=-1)
    noisy = clean + np.random.default_rng(seed).normal(0, 12, clean.shape)
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def training(app, make_photo, tmp_path):
    """The app on its Train page, with a small run planned."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        make_photo(folder / f"{number}.png", 176, 144, seed=number)
    app.window.main.show_page("train")
    plan = app.controller.training.plan
    plan.value = plan.value.with_changes(
        folder=str(folder), network="paper", preset="custom", custom_minutes=5.0, device="cpu"
    )
    return app
