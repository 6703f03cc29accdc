r"""Row group: the photo network on more cores than there are, by a model checked on those here.

With :math:`n` cores a pass takes about

.. math::
    t(n) = o(n) \, p + \max(w / n, \; b / B) + r(n) \, c \, n / 2

- :math:`o(n)` operations, each started by the interpreter in :math:`p` seconds, and :math:`r(n)` of
  them divided among the cores; both are counted with so many threads, since a block of rows grows
  with the cores;
- :math:`w` seconds of work, measured operation by operation on one core. The caches of other
  cores are not counted: each core keeps its part of a block;
- :math:`b` bytes of activations that layers read and write, and :math:`B` bytes a second that all
  cores together copy, which more cores raise little;
- :math:`c` seconds to divide an operation between two cores and to wait for both, measured on
  operations that do next to nothing. It is taken to grow with the cores.

Rows up to the cores of the machine show the measured time beside the model's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from scratch_layers.functional.memory import Pool, recycling
from scratch_layers.threads import threads
from tests.benchmarks.machine import usable_cores
from tests.benchmarks.photo_model import photo_denoiser
from tests.benchmarks.row import Row
from tests.benchmarks.settings import Settings

CORES = (1, 2, 4, 8, 16)
SIZE, QUICK_SIZE = 512, 64
DIVIDED = 32_768
"""Numbers from which on torch divides an operation."""

REPEATS, QUICK_REPEATS = 7, 1
COPIED, QUICK_COPIED = 64 * 2**20, 2**20


@dataclass(frozen=True)
class Machine:
    """What the model knows of a machine, in seconds and bytes a second."""

    start: float
    divide: float
    bandwidth: float


@dataclass(frozen=True)
class Work:
    """What one pass does."""

    operations: int
    regions: int
    seconds: float
    bytes: int


class Operations(TorchDispatchMode):
    """Counts operations, those that torch divides, and the time of each."""

    def __init__(self) -> None:
        super().__init__()
        self.count = self.divided = 0
        self.seconds = 0.0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        started = time.perf_counter()
        result = function(*args, **(kwargs or {}))
        self.seconds += time.perf_counter() - started
        numbers = max((part.numel() for part in args if isinstance(part, torch.Tensor)), default=0)
        self.count += 1
        self.divided += numbers >= DIVIDED and not function.is_view
        return result


def predicted(work: Work, machine: Machine, cores: int) -> float:
    """Return the seconds of a pass by the equation above."""
    regions = work.regions if cores > 1 else 0
    computed = max(work.seconds / cores, work.bytes / machine.bandwidth)
    return work.operations * machine.start + computed + regions * machine.divide * cores / 2


def rows(settings: Settings) -> Iterator[Row]:
    """Yield the model's time and, where there are so many cores, the measured one."""
    size = QUICK_SIZE if settings.quick else SIZE
    repeats = QUICK_REPEATS if settings.quick else REPEATS
    network, image, blocks = photo_denoiser(settings.quick).network.eval(), _image(size), Pool()

    def run() -> None:
        with recycling(blocks):
            network.forward(image)

    with _cores(1):
        alone = _seconds(run, repeats)
        work = min((_count(run) for _ in range(repeats)), key=lambda found: found.seconds)
    start = max(0.0, alone - work.seconds) / work.count
    copied = QUICK_COPIED if settings.quick else COPIED
    machine = Machine(start, _divide_seconds(repeats), _bandwidth(copied, repeats))
    bytes_moved = _activation_bytes(size, settings.quick)
    for cores in CORES[:2] if settings.quick else CORES:
        with _cores(cores):
            run()
            found = _count(run)
            measured = _seconds(run, repeats) if cores <= usable_cores() else None
        here = Work(found.count, found.divided, work.seconds, bytes_moved)
        seconds = predicted(here, machine, cores)
        yield Row(
            f"photo network {size}x{size} on {cores} core{'s' if cores > 1 else ''}, by the model",
            1000 * seconds,
            None if measured is None else 1000 * measured,
            other="" if measured is None else "measured",
            note=f"{found.divided} divided operations, {alone / seconds:.1f} times one core",
        )


@contextmanager
def _cores(count: int) -> Iterator[None]:
    usual = torch.get_num_threads()
    threads.choose(count)
    torch.set_num_threads(count)
    try:
        yield
    finally:
        threads.choose(None)
        torch.set_num_threads(usual)


def _image(size: int) -> torch.Tensor:
    return torch.rand(1, 4, size, size, generator=torch.Generator().manual_seed(0))


def _seconds(run: Callable[[], object], repeats: int) -> float:
    run()
    found = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        found.append(time.perf_counter() - started)
    return median(found)


def _count(run: Callable[[], object]) -> Operations:
    with Operations() as found:
        run()
    return found


def _divide_seconds(repeats: int) -> float:
    """Return what a division between two cores costs, by adding barely enough numbers."""
    numbers = torch.zeros(DIVIDED)

    def add() -> None:
        for _ in range(100):
            numbers.add_(1)

    with _cores(1):
        alone = _seconds(add, repeats)
    with _cores(2):
        divided = _seconds(add, repeats)
    return max(0.0, divided - alone / 2) / 100


def _bandwidth(copied: int, repeats: int) -> float:
    source = torch.zeros(copied // 4)
    target = torch.empty_like(source)
    return 2 * copied / _seconds(lambda: target.copy_(source), repeats)


def _activation_bytes(size: int, quick: bool) -> int:
    """Return what all layers together read and write, each activation once."""
    network = photo_denoiser(quick).network
    steps = network.summary((1, 4, size, size)).lines
    return 2 * sum(line.output_bytes for line in steps)
