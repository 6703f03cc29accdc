"""Killing work at random moments, and looking at what it leaves behind."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak.kill_remains import BatchRemains, Remains, SaveRemains, TrainingRemains

_PROJECT = Path(__file__).resolve().parents[2]


@dataclass
class KillReport:
    """How many victims were killed, and what was wrong with what they left.

    Attributes:
        saving, batch, training: how many were killed at that work.
        rounds_finished: batches and trainings that came to their end in spite of the kills.
        failures: a sentence for everything that was not as promised; empty where all was well.
        seconds: the time it took.
    """

    saving: int = 0
    batch: int = 0
    training: int = 0
    rounds_finished: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def kills(self) -> int:
        """How many victims were killed altogether."""
        return self.saving + self.batch + self.training


def run_kills(count: int, folder: Path) -> KillReport:
    """Kill saving, batch and training in turn, ``count`` times altogether, and check what is left.

    After every kill, each file under a final name must be whole. Batches and trainings are started
    again until they are finished: files that were finished may not be touched again, and a
    training must end with the same bits as one that was never killed.

    Args:
        count: how many victims to kill.
        folder: an existing empty folder, for the victims' files.
    """
    report = KillReport()
    began = time.monotonic()
    chance = random.Random(count)
    with _executioner(folder / "errors.txt") as executioner:
        works: dict[str, Remains] = {
            "saving": SaveRemains(folder / "saving", executioner.let_live),
            "batch": BatchRemains(folder / "batch", executioner.let_live),
            "training": TrainingRemains(folder / "training", executioner.let_live),
        }
        for remains in works.values():
            remains.prepare()
        while report.kills < count:
            kind = min(works, key=lambda name: getattr(report, name))
            _kill_once(kind, works[kind], executioner, chance, report)
        for kind, remains in works.items():
            report.failures += [f"{kind}: {text}" for text in remains.finish()]
    report.seconds = time.monotonic() - began
    return report


def _kill_once(
    kind: str,
    remains: Remains,
    executioner: _Executioner,
    chance: random.Random,
    report: KillReport,
) -> None:
    status = executioner.kill(remains.work, remains.folder, chance.uniform(0.0, remains.longest))
    if status == -signal.SIGKILL:
        setattr(report, kind, getattr(report, kind) + 1)
        problems = remains.problems()
    else:
        report.rounds_finished += 1
        problems = remains.finish() if status == 0 else [f"ended with status {status}"]
        remains.prepare()
    number = report.kills
    report.failures += [f"{kind}, after {number} kills: {problem}" for problem in problems]


class _Executioner:
    """Starts victims through the process of :mod:`tests.soak.kill_victims`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def kill(self, work: str, folder: Path, seconds: float) -> int:
        """Start a victim, kill it after ``seconds``, and return its exit status."""
        victim = self._start(work, folder)
        time.sleep(seconds)
        os.kill(victim, signal.SIGKILL)
        return self._status()

    def let_live(self, work: str, folder: Path) -> int:
        """Start a victim, let it finish, and return its exit status."""
        self._start(work, folder)
        return self._status()

    def _start(self, work: str, folder: Path) -> int:
        assert self._process.stdin is not None
        return self._answer(json.dumps({"work": work, "folder": str(folder)}))

    def _status(self) -> int:
        return self._answer("tell its status")

    def _answer(self, line: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def _executioner(errors: Path) -> Iterator[_Executioner]:
    environment = {**os.environ, "PYTHONPATH": str(_PROJECT), "OMP_NUM_THREADS": "1"}
    with (
        errors.open("w", encoding="utf-8") as error_file,
        subprocess.Popen(
            [sys.executable, "-m", "tests.soak.kill_victims"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=error_file,
            text=True,
            env=environment,
            cwd=_PROJECT,
        ) as process,
    ):
        yield _Executioner(process)
