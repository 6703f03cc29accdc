"""A private X server without a screen, so that windows can be tested and pictured anywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SCREEN = (1600, 1200)


class VirtualDisplay:
    """An Xvfb process of our own, on a display number that the server picks itself."""

    def __init__(self, screen: tuple[int, int] = SCREEN) -> None:
        """Start the server, with a screen of this many pixels, and wait until it is ready."""
        read_end, write_end = os.pipe()
        try:
            self._process = subprocess.Popen(
                [
                    "Xvfb",
                    *("-displayfd", str(write_end)),
                    *("-screen", "0", "{}x{}x24".format(*screen)),
                    *("-dpi", "96"),
                    *("-nolisten", "tcp"),
                    "-noreset",
                ],
                pass_fds=(write_end,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        finally:
            os.close(write_end)
        # The server writes the number once it is ready; it closes the pipe unwritten when it fails.
        with os.fdopen(read_end) as answer:
            number = answer.readline().strip()
        if not number:
            raise RuntimeError(f"Xvfb did not start (exit code {self._process.wait()}).")
        self.name = f":{number}"

    def close(self) -> None:
        """Stop the server."""
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def needed() -> bool:
    """Whether tests should open their windows on a virtual display here.

    On Linux they do wherever Xvfb is installed, even beside a real display: there, a window manager
    and the person at the keyboard would take the focus away. ``SCRATCH_DENOISER_TEST_DISPLAY=real``
    asks for the real one.
    """
    if os.environ.get("SCRATCH_DENOISER_TEST_DISPLAY") == "real":
        return False
    return sys.platform.startswith("linux") and shutil.which("Xvfb") is not None


@contextmanager
def virtual_display(screen: tuple[int, int] = SCREEN) -> Iterator[str]:
    """``DISPLAY`` points to a new virtual display inside the block, to the old one after it."""
    display = VirtualDisplay(screen)
    before = os.environ.get("DISPLAY")
    os.environ["DISPLAY"] = display.name
    try:
        yield display.name
    finally:
        if before is None:
            del os.environ["DISPLAY"]
        else:
            os.environ["DISPLAY"] = before
        display.close()
