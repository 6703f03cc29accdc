"""Files that anyone may have changed: opened without waiting, JSON with every field checked."""

from __future__ import annotations

import errno
import json
import math
import os
import stat
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, BinaryIO, Union, get_args, get_origin, get_type_hints

# Opening a pipe that nobody writes to would wait for ever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
LARGEST_INTEGER = 2**63 - 1
_MOST_DEPTH = 20


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file, or a link to one, for reading.

    Raises:
        OSError: it is missing, may not be read, or is a folder, pipe or device.
    """
    _require_regular(path, path.stat().st_mode)
    file = os.fdopen(os.open(path, _FLAGS), "rb")
    try:
        # Another may lie there since a moment ago.
        _require_regular(path, os.fstat(file.fileno()).st_mode)
    except OSError:
        file.close()
        raise
    return file


def read_regular(path: Path, most_bytes: int) -> bytes:
    """Return the content of a regular file; what is longer than ``most_bytes`` is cut there.

    Raises:
        OSError: as for :func:`open_regular`, or the medium failed.
    """
    with open_regular(path) as file:
        return file.read(most_bytes)


def _require_regular(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError("it is a pipe or device, not a file")


def parse_json(text: str | bytes) -> Any:
    """Parse JSON.

    Raises:
        ValueError: it is no JSON in UTF-8, or nested so deeply that nothing here wrote it.
    """
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if _depth_exceeds(value, _MOST_DEPTH):
        raise ValueError("it is nested too deeply")
    return value


def check_fields(cls: type, values: Any, *, must_be_finite: bool = True) -> None:
    """Check JSON values against the fields of a dataclass: every name and every type.

    Integers are no booleans and fit 64 bits; a ``float`` field takes integers too; a tuple is a
    list in JSON.

    Args:
        cls: the dataclass.
        values: what shall become its arguments.
        must_be_finite: refuse NaN and infinite numbers.

    Raises:
        ValueError: a name is missing or unknown, or a value has another type; the text is a part
            of a sentence without its end.
    """
    if not isinstance(values, Mapping):
        raise ValueError("it is not a JSON object")
    hints = get_type_hints(cls)
    known = {item.name: item for item in fields(cls)}
    for name in values:
        if name not in known:
            raise ValueError(f"it has the unknown name {name!r:.60}")
    for name, item in known.items():
        if name not in values:
            if item.default is MISSING and item.default_factory is MISSING:
                raise ValueError(f"it lacks '{name}'")
        elif not _fits(values[name], hints[name], must_be_finite):
            raise ValueError(f"{name} is {values[name]!r:.60}")


def _fits(value: Any, hint: Any, must_be_finite: bool) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin in (Union, UnionType):
        return any(_fits(value, option, must_be_finite) for option in arguments)
    if hint is float:
        return _is_number(value) and (math.isfinite(value) or not must_be_finite)
    if hint is int:
        return type(value) is int and abs(value) <= LARGEST_INTEGER
    if origin is tuple:
        return isinstance(value, list | tuple) and _fit(value, arguments, must_be_finite)
    if origin is dict:
        return isinstance(value, dict)
    return type(value) is (NoneType if hint is None else hint)


def _fit(values: Any, hints: tuple[Any, ...], must_be_finite: bool) -> bool:
    if hints[-1] is Ellipsis:
        hints = (hints[0],) * len(values)
    return len(values) == len(hints) and all(
        _fits(value, hint, must_be_finite) for value, hint in zip(values, hints, strict=True)
    )


def _is_number(value: Any) -> bool:
    return type(value) is float or (type(value) is int and abs(value) <= LARGEST_INTEGER)


def _depth_exceeds(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
