"""Training in several processes, as ``torchrun`` starts them: each takes a share of every batch.

The library itself knows only the :class:`scratch_layers.training.workers.Workers` protocol.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import Tensor

from scratch_layers.errors import DeviceError
from scratch_layers.training.workers import SingleWorker, Workers


class DistributedWorkers:
    """This process's link to the others of an initialised ``torch.distributed`` group.

    Args:
        device: where this process computes and its messages lie.
    """

    def __init__(self, device: torch.device) -> None:
        self.rank = dist.get_rank()
        self.count = dist.get_world_size()
        self._device = device

    def average(self, loss: Tensor, gradients: Sequence[Tensor]) -> float:
        """Replace gradients by their means over all processes, in place; return the mean loss."""
        # One message for everything: its cost is mostly that of being sent at all.
        joined = torch.cat([loss.reshape(1), *(gradient.flatten() for gradient in gradients)])
        dist.all_reduce(joined)
        joined /= self.count
        start = 1
        for gradient in gradients:
            gradient.copy_(joined[start : start + gradient.numel()].view(gradient.shape))
            start += gradient.numel()
        return float(joined[0])

    def agree(self, values: Sequence[float]) -> list[float]:
        """Return the values that the first process has."""
        # NCCL and every GPU know float64; MPS does not, but has no backend either.
        shared = torch.tensor(values, dtype=torch.float64, device=self._device)
        dist.broadcast(shared, 0)
        result: list[float] = shared.tolist()
        return result


@contextmanager
def workers_of_this_run(device: torch.device) -> Iterator[Workers]:
    """Join the processes that ``torchrun`` started; without it, work alone.

    Raises:
        DeviceError: the processes cannot reach each other.
    """
    if process_count() == 1:
        yield SingleWorker()
        return
    try:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    except (RuntimeError, ValueError) as problem:
        raise DeviceError(
            f"The {process_count()} processes cannot train together: {problem}"
        ) from problem
    try:
        yield DistributedWorkers(device)
    finally:
        dist.destroy_process_group()


def process_count() -> int:
    """Return how many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first_process() -> bool:
    """Return whether this process keeps the run's folder and talks to people."""
    return os.environ.get("RANK", "0") == "0"


def own_device(device: torch.device) -> torch.device:
    """Return this process's device: of several GPUs in a machine, the one with its number."""
    if device.type == "cuda" and process_count() > 1:
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return device
