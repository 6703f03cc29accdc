"""How much memory there is, how much the program takes, and how much denoising may take."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

from scratch_layers.inference.failures import is_allocation_failure

SHARE_OF_FREE = 0.6
LEAST_BUDGET = 512 * 2**20

PROGRAM_BYTES = 256 * 2**20
"""Address space that the program takes beside torch's own files; measured, with some room."""

_LOADING_WORDS = ("failed to map segment", "cannot allocate memory")
"""How the system tells that there is no room for a library, in lower case."""

_CGROUP_FOLDER = Path("/sys/fs/cgroup")
_CGROUP_FILES = (
    ("memory.max", "memory.current"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
)
"""Limit and use of a container, in the second and the first version of Linux's control groups."""


def budget_bytes(megabytes: int = 0) -> int:
    """Return the memory that denoising a picture may take beyond the program and the picture.

    Args:
        megabytes: what a person has chosen; 0 takes 60 % of what is free, and 512 MB at least.
    """
    if megabytes:
        return megabytes * 2**20
    return max(LEAST_BUDGET, int(SHARE_OF_FREE * free_bytes()))


def free_bytes() -> int:
    """Return the memory this process can still take before something must give way.

    The least of what the machine, a container and ``ulimit -v`` leave.
    """
    free = (_machine_free(), _container_free(), address_space_left())
    return max(0, min(each for each in free if each is not None))


def shortage_at_start() -> str | None:
    """Say in one sentence that ``ulimit -v`` leaves too little to load torch; else ``None``.

    Where memory is that short, libraries end the process rather than tell Python.
    """
    left, needed = address_space_left(), bytes_needed_to_start()
    if left is None or left >= needed:
        return None
    return (
        f"This program may take only {left // 2**20} MB of memory (ulimit -v), but it needs at "
        f"least {-(-needed // 2**20)} MB; allow it more."
    )


def bytes_needed_to_start() -> int:
    """Return the address space that the program needs with torch, whose libraries are mapped."""
    return PROGRAM_BYTES + _size_of_torch()


def _size_of_torch() -> int:
    found = importlib.util.find_spec("torch")
    if found is None or not found.submodule_search_locations:
        return 0
    package = Path(found.submodule_search_locations[0])
    files = [*(package / "lib").glob("*.so*"), *(package.parent / "nvidia").rglob("*.so*")]
    return sum(file.stat().st_size for file in files)


def shortage_sentence(error: BaseException) -> str | None:
    """Say in one sentence that memory ran out, if that is what an exception means."""
    text = str(error).lower()
    if isinstance(error, (ImportError, OSError)) and any(word in text for word in _LOADING_WORDS):
        return "There is not enough memory to load a part of the program; allow it more."
    if is_allocation_failure(error):
        return "There is not enough memory for this; close other programs or allow this one more."
    return None


def resident_bytes() -> int:
    """Return the bytes of main memory that the program takes."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def address_space_left() -> int | None:
    """Return what ``ulimit -v`` leaves to this process; ``None`` where there is no such limit."""
    limit = address_space_limit()
    if limit is None:
        return None
    import psutil

    return max(0, limit - int(psutil.Process().memory_info().vms))


def address_space_limit() -> int | None:
    """Return what ``ulimit -v`` allows this process; ``None`` where there is no limit."""
    if sys.platform == "win32":
        return None
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY else limit


def _machine_free() -> int:
    import psutil

    return int(psutil.virtual_memory().available)


def _container_free() -> int | None:
    return min(_containers_free(), default=None)


def _containers_free() -> Iterator[int]:
    for limit, use in _CGROUP_FILES:
        try:
            allowed = (_CGROUP_FOLDER / limit).read_text(encoding="ascii").strip()
            used = (_CGROUP_FOLDER / use).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if allowed.isdigit() and used.isdigit():
            yield int(allowed) - int(used)
