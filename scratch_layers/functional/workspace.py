"""Memory that the fast algorithms compute in, kept from call to call, one set for each thread."""

from __future__ import annotations

import math
import threading

import torch
from torch import Tensor


class Workspace(threading.local):
    """Named blocks of memory that grow to the largest size that was asked for.

    What a block holds is undefined when it is taken, and its former content is gone: every name
    belongs to one purpose.
    """

    def __init__(self) -> None:
        self._blocks: dict[tuple[str, torch.dtype, torch.device, bool], Tensor] = {}

    def take(self, name: str, shape: tuple[int, ...], like: Tensor) -> Tensor:
        """Return a contiguous tensor of this shape, with the dtype and device of ``like``."""
        size = math.prod(shape)
        inference = torch.is_inference_mode_enabled()
        key = (name, like.dtype, like.device, inference)
        block = self._blocks.get(key)
        if block is None or block.numel() < size:
            block = self._blocks[key] = like.new_zeros(size)
        return block[:size].view(shape)


workspace = Workspace()
"""The blocks of the thread that asks."""
