"""What one training step learns from, and who makes it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor

from scratch_layers.threads import start_undivided

T = TypeVar("T")
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Batch:
    """What one step learns from.

    Attributes:
        noisy: (B, C, H, W) network input, float32.
        target: (B, C, H, W) what the output is compared with, float32.
        sigma: (B,) or (B, 1, H, W) standard deviation of the noise in [0, 1] units.
        choices: (B, H/2, W/2) random choices for
            :func:`scratch_layers.data.subsampling.neighbour_pair`, or None.
    """

    noisy: Tensor
    target: Tensor
    sigma: Tensor
    choices: Tensor | None = None

    def to(self, device: torch.device) -> Batch:
        """Return the batch on ``device``."""
        choices = None if self.choices is None else self.choices.to(device)
        return Batch(self.noisy.to(device), self.target.to(device), self.sigma.to(device), choices)


SkipListener = Callable[[str, str], None]


class BatchMaker(Protocol):
    """Makes the batch of any step, from nothing but the step's number and the run's seed."""

    def listen_for_skipped(self, listener: SkipListener) -> None:
        """Call ``listener(name, reason)`` for each photo passed over, from whichever thread."""

    def batch(self, step: int, attempt: int = 0, share: tuple[int, int] = (0, 1)) -> Batch:
        """Return the batch of ``step``.

        Args:
            step: number of the step, from 0.
            attempt: how often training was rolled back; other attempts get other crops and noise.
            share: (rank, world size): with several processes, each makes its part of the batch.

        Raises:
            UnreadablePhotoError: none of the photos can be used.
        """


def share_of_batch(step: int, batch_size: int, share: tuple[int, int]) -> range:
    """Return the positions in the visiting order that one process handles at ``step``.

    Process ``rank`` of ``world`` takes every ``world``-th position of the joined batch.
    """
    rank, world = share
    return range(step * batch_size + rank, (step + 1) * batch_size, world)


class Prefetcher(Generic[T]):
    """Calls ``make(number)`` for consecutive numbers in one background thread.

    Results come out in order and depend on ``make`` alone, never on timing. An exception in
    ``make`` is raised by the :meth:`get` that would have returned its result.

    Args:
        make: computes item ``number``; runs in the background thread.
        first: the first number.
        depth: how many finished items may wait.
    """

    def __init__(self, make: Callable[[int], T], first: int = 0, depth: int = 4) -> None:
        self._make = make
        self._ready: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(depth)
        self._closed = threading.Event()
        self._thread = start_undivided(lambda: self._work(first), "prefetch")

    def get(self) -> T:
        """Return the next item, waiting for it where needed."""
        item, error = self._ready.get()
        if error is not None:
            self.close()
            raise error
        return item  # type: ignore[return-value]

    def close(self) -> None:
        """Stop the thread and wait for it; may be called more than once."""
        self._closed.set()
        self._thread.join()

    def _work(self, number: int) -> None:
        while not self._closed.is_set():
            try:
                item: T | None = self._make(number)
                error: BaseException | None = None
            except BaseException as problem:  # noqa: BLE001 - raised again by get()
                item, error = None, problem
            self._put((item, error))
            if error is not None:
                return
            number += 1

    def _put(self, entry: tuple[T | None, BaseException | None]) -> None:
        while not self._closed.is_set():
            try:
                self._ready.put(entry, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return
