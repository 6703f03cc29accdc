"""What a running window holds on to: memory, threads, files, pictures and widgets of Tk."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import threading
import tkinter as tk
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

from tests.benchmarks.peak_memory import peak_mib


@dataclass(frozen=True)
class Figures:
    """One look at the process.

    Attributes:
        memory_mib: resident memory.
        threads: threads of the process, those of libraries included.
        files: open file handles but those of fonts: one for each style ever drawn stays open.
        tk_images: pictures that Tk holds.
        widgets: widgets that exist.
        tk_commands: commands that Tk can call, such as callbacks of widgets.
        objects: objects that Python's garbage collector knows, those it was told to spare too.
    """

    memory_mib: float
    threads: int
    files: int
    tk_images: int
    widgets: int
    tk_commands: int
    objects: int


NAMES = tuple(field.name for field in fields(Figures))


def look(root: tk.Tk) -> Figures:
    """Collect what can be collected, and count the rest."""
    gc.collect()
    _return_freed_memory()
    return Figures(
        memory_mib=resident_mib(),
        threads=_threads(),
        files=_open_files(),
        tk_images=len(root.tk.splitlist(root.tk.call("image", "names"))),
        widgets=_count(root),
        tk_commands=len(root.tk.splitlist(root.tk.call("info", "commands"))),
        objects=len(gc.get_objects()) + gc.get_freeze_count(),
    )


def resident_mib() -> float:
    """Return the resident memory of this process, or its peak where only that is known."""
    if not sys.platform.startswith("linux"):
        return peak_mib()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _return_freed_memory() -> None:
    """What the C library keeps for later is no growth; how much that is depends on luck."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _threads() -> int:
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else threading.active_count()


def _open_files() -> int:
    """Count the handles, where the system shows them."""
    count = 0
    for handle in Path("/proc/self/fd").glob("*"):
        # The handle through which the folder is being read is gone by now.
        with suppress(OSError):
            count += not str(handle.readlink()).endswith(".ttf")
    return count


def _count(widget: tk.Misc) -> int:
    return 1 + sum(_count(child) for child in widget.winfo_children())
