"""Forward passes stop between layers, on the thread that was asked, and nowhere else."""

from __future__ import annotations

import threading

import pytest
import torch

from scratch_layers import ReLU, Sequential
from scratch_layers.errors import CancelledError
from scratch_layers.interruption import interruptible, stop_if_asked

NETWORK = Sequential(ReLU(), Sequential(ReLU(), ReLU()))


def test_a_pass_stops_when_asked() -> None:
    with interruptible(lambda: True), pytest.raises(CancelledError):
        NETWORK.forward(torch.zeros(2))


def test_a_pass_goes_on_unless_asked() -> None:
    asked: list[int] = []
    with interruptible(lambda: bool(asked.append(1))):
        NETWORK.forward(torch.zeros(2))
    assert len(asked) == 4


def test_nothing_stops_outside_the_block_or_without_somebody_who_asks() -> None:
    with pytest.raises(CancelledError), interruptible(lambda: True):
        stop_if_asked()
    stop_if_asked()
    with interruptible(None):
        stop_if_asked()


def test_an_inner_block_ends_with_the_outer_one_in_force() -> None:
    with interruptible(lambda: True):
        with interruptible(lambda: False):
            stop_if_asked()
        with pytest.raises(CancelledError):
            stop_if_asked()


def test_other_threads_are_not_stopped() -> None:
    stopped: list[BaseException] = []

    def work() -> None:
        try:
            stop_if_asked()
        except CancelledError as error:
            stopped.append(error)

    with interruptible(lambda: True):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert not stopped
