"""The record of a run: its events as JSON lines, one file that only ever grows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from scratch_layers.checked_json import open_regular, parse_json
from scratch_layers.training.events import Event, RolledBack, Started, StepDone

FILE_NAME = "events.jsonl"
_LONGEST_LINE = 1 << 20


class RunLog:
    """Appends events to ``events.jsonl`` in the run's folder.

    Of the steps, only every ``step_interval``-th is written. The log is a record, nothing depends
    on it: where the disk is full, events go unrecorded and training goes on.
    """

    def __init__(self, run_folder: Path, step_interval: int = 10) -> None:
        self._path = run_folder / FILE_NAME
        self._step_interval = step_interval
        self._may_end_in_mid_line = True

    def write(self, event: Event) -> None:
        """Append one event; the line is handed to the operating system at once."""
        if isinstance(event, StepDone) and event.step % self._step_interval:
            return
        try:
            if self._may_end_in_mid_line:
                self._end_partial_line()
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(event.to_json()) + "\n")
            self._may_end_in_mid_line = False
        except OSError:
            self._may_end_in_mid_line = True

    def _end_partial_line(self) -> None:
        if not self._path.exists() or self._path.stat().st_size == 0:
            return
        with self._path.open("rb+") as file:
            file.seek(-1, 2)
            if file.read(1) != b"\n":
                file.write(b"\n")


def read_events(run_folder: Path) -> list[Event]:
    """Return the events of a run in order, without what a resumed or rolled-back run repeated.

    Lines that a power cut left incomplete, or that are no events for another reason, are passed
    over.
    """
    kept: list[Event] = []
    for event in _parsed_lines(run_folder / FILE_NAME):
        if isinstance(event, Started | RolledBack):
            kept = [earlier for earlier in kept if earlier.step <= event.step]
        kept.append(event)
    return kept


def _parsed_lines(path: Path) -> Iterator[Event]:
    try:
        with open_regular(path) as file:
            for line in iter(lambda: file.readline(_LONGEST_LINE), b""):
                event = _parsed(line)
                if event is not None:
                    yield event
    except OSError:
        return


def _parsed(line: bytes) -> Event | None:
    try:
        return Event.from_json(parse_json(line))
    except ValueError:
        return None
