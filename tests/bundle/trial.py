"""Starts a bundle as a person would: the list of models, the sample picture, the window."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from tests.markdown import PROJECT
from tests.soak.person import private_folders
from tests.virtual_display import needed, virtual_display

TITLE = "Scratch Denoiser"
PATIENCE_SECONDS = 120.0


class BundleError(Exception):
    """The bundle does not do what the application does."""


def try_bundle(bundle: Path) -> Iterator[str]:
    """Start the program of a bundle in every way, and say what it did.

    Raises:
        BundleError: it did something else.
    """
    program = bundle / ("scratch-denoiser.exe" if os.name == "nt" else "scratch-denoiser")
    with tempfile.TemporaryDirectory(prefix="bundle-") as name:
        folder = Path(name)
        listed = {card["name"] for card in json.loads(_told(program, folder, "models", "--json"))}
        shipped = {path.stem for path in (PROJECT / "pretrained").glob("*.safetensors")}
        if listed != shipped:
            raise BundleError(f"The bundle lists the models {listed}, not {shipped}.")
        yield f"Models: {', '.join(sorted(listed))}"
        yield _told(program, folder, "demo", "--output", str(folder)).strip()
        if not list(folder.glob("*.png")):
            raise BundleError("The bundle denoised the sample picture without a result.")
        # Where no virtual display is to be had, a window would get in somebody's way.
        if sys.platform.startswith("linux"):
            with virtual_display() if needed() else nullcontext():
                yield _window_drawn(program, folder)


def _told(program: Path, home: Path, *arguments: str) -> str:
    result = subprocess.run(
        [program, *arguments], env=_bare(home), capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise BundleError(f"{' '.join(arguments)} failed: {result.stdout}{result.stderr}")
    return result.stdout


def _bare(home: Path) -> dict[str, str]:
    """An environment in which no Python and no settings of a person are to be found."""
    hidden = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    kept = {name: value for name, value in private_folders(home).items() if name not in hidden}
    return {**kept, "PATH": os.defpath}


def _window_drawn(program: Path, home: Path) -> str:
    """Open the window, wait until it is on the screen, and close it as a person does."""
    started = time.monotonic()
    process = subprocess.Popen([program], env=_bare(home))
    try:
        while not (found := _windows()):
            if process.poll() is not None or time.monotonic() - started > PATIENCE_SECONDS:
                raise BundleError("The bundle opened no window.")
            time.sleep(0.1)
        seconds = time.monotonic() - started
        subprocess.run(["xdotool", "windowfocus", "--sync", found[0], "key", "ctrl+q"], check=True)
        if process.wait(timeout=PATIENCE_SECONDS) != 0:
            raise BundleError("The bundle's window ended with an error.")
    finally:
        process.kill()
    return f"Window drawn after {seconds:.1f} s, and closed."


def _windows() -> list[str]:
    search = ["xdotool", "search", "--onlyvisible", "--name", f"^{TITLE}"]
    return subprocess.run(search, capture_output=True, text=True, check=False).stdout.split()
