"""A disk that loses its power: every state it may hold afterwards can be rebuilt.

What a program does to the files of a folder is recorded. A file's content is safe once the file was
synced, a name once its folder was; of what came later, the disk may hold everything, a part, or
nothing.

Source: POSIX.1-2024, fsync; Pillai et al., "All File Systems Are Not Created Equal" (OSDI 2014).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_OPERATIONS = frozenset({"open", "os.rename", "os.link", "os.remove", "os.mkdir"})

Names = dict[str, int]
"""Which file lies under which name."""


@dataclass
class Moment:
    """What the system showed at a time, and what was safe on the disk by then.

    Attributes:
        names: the names in the folder.
        contents: what each file holds.
        safe_contents: what each file held when it was synced last.
        safe_names: number of the moment whose names are safe.
    """

    names: Names
    contents: dict[int, bytes]
    safe_contents: dict[int, bytes]
    safe_names: int


@dataclass
class Recorder:
    """Records the moments before every operation on a folder."""

    folder: Path
    moments: list[Moment] = field(default_factory=list)
    _contents: dict[int, bytes] = field(default_factory=dict)
    _safe: dict[int, bytes] = field(default_factory=dict)
    _safe_names: int = 0

    def note(self) -> None:
        """Take note of what the system shows now."""
        names = {}
        with os.scandir(self.folder) as entries:
            for entry in entries:
                number = entry.inode()
                names[entry.name] = number
                self._contents[number] = Path(entry.path).read_bytes()
        if not self.moments:
            self._safe = dict(self._contents)
        self.moments.append(Moment(names, dict(self._contents), dict(self._safe), self._safe_names))

    def sync(self, descriptor: int) -> None:
        """Take note that a file, or the folder, is safe."""
        self.note()
        number = os.fstat(descriptor).st_ino
        if number == self.folder.stat().st_ino:
            self._safe_names = len(self.moments) - 1
        elif number in self._contents:
            self._safe[number] = self._contents[number]

    def states(self) -> Iterator[tuple[int, dict[str, bytes]]]:
        """Yield the number of a moment, and what the disk may hold if the power goes then."""
        for number, moment in enumerate(self.moments):
            for names in self.moments[moment.safe_names : number + 1]:
                for part in (0.0, 0.5, 1.0):
                    yield (
                        number,
                        {name: _left(moment, file, part) for name, file in names.names.items()},
                    )


def _left(moment: Moment, file: int, part: float) -> bytes:
    present = moment.contents.get(file, b"")
    safe = moment.safe_contents.get(file)
    if safe == present or part == 1.0:
        return present
    if safe is not None and part == 0.0:
        return safe
    return present[: int(len(present) * part)]


_recorder: Recorder | None = None
_hooked = False


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    global _recorder
    recorder = _recorder
    if recorder is None or event not in _OPERATIONS:
        return
    path = arguments[0]
    if isinstance(path, str | os.PathLike) and Path(path).parent == recorder.folder:
        if event == "open" and not int(str(arguments[2])) & (os.O_WRONLY | os.O_RDWR):
            return
        _recorder = None  # looking is no operation
        recorder.note()
        _recorder = recorder


@contextmanager
def recording(folder: Path) -> Iterator[Recorder]:
    """Record what is done to the files directly in ``folder``."""
    global _recorder, _hooked
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked = True
    recorder = Recorder(folder)
    recorder.note()
    sync = os.fsync

    def synced(descriptor: int) -> None:
        global _recorder
        sync(descriptor)
        _recorder = None
        recorder.sync(descriptor)
        _recorder = recorder

    os.fsync = synced
    _recorder = recorder
    try:
        yield recorder
    finally:
        _recorder = None
        os.fsync = sync
        recorder.note()


def check_every_state(
    recorder: Recorder, scratch: Path, version_in: Callable[[Path], int], old: int, new: int
) -> int:
    """Rebuild every state and look into it; return how many there were.

    Args:
        recorder: what was recorded while version ``new`` was written over ``old``.
        scratch: where to rebuild.
        version_in: opens what a folder holds and tells its version.
        old, new: the versions that may be found; after the end only ``new``.
    """
    last = len(recorder.moments) - 1
    seen: dict[tuple[tuple[str, bytes], ...], int] = {}
    for moment, state in recorder.states():
        key = tuple(sorted(state.items()))
        if key not in seen:
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            for name, content in state.items():
                (scratch / name).write_bytes(content)
            seen[key] = version_in(scratch)
        assert seen[key] in (old, new), f"moment {moment} of {last}: {sorted(state)}"
        assert moment < last or seen[key] == new, f"lost after the end: {sorted(state)}"
    return len(seen)
