"""Watching for connections: any use of a socket is noted, and refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_attempts: list[str] | None = None
_hooked = False


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _attempts is None or not event.startswith(("socket.", "urllib.", "http.", "ftplib.")):
        return
    _attempts.append(f"{event} {arguments!r:.200}")
    raise PermissionError("Sockets are forbidden here.")


@contextmanager
def forbidden_sockets() -> Iterator[list[str]]:
    """Refuse sockets to all threads; what was tried nevertheless is in the list."""
    global _attempts, _hooked
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked = True
    _attempts = attempts = []
    try:
        yield attempts
    finally:
        _attempts = None
