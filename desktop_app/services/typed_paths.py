"""Paths as people type them."""

from __future__ import annotations

from pathlib import Path

_HOME = ("~/", "~\\")


def typed_path(text: str | Path) -> Path:
    """Return the path that a person typed: ``~`` in front of a slash is the home folder.

    Any other name may begin with ``~``, and is what it says; shells have replaced the names of
    other people's home folders long before.
    """
    name = str(text)
    if name == "~" or name.startswith(_HOME):
        try:
            return Path.home() / name[2:]
        except RuntimeError:  # the system tells no home folder
            return Path(name)
    return Path(name)
