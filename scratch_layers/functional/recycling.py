"""Memory of activations that a network no longer needs, given to the layers that come next.

A layer's output may be so large that the system maps and clears new pages for it every time. In
evaluation mode an activation is dead as soon as the next layer has read it, so a network of any
depth gets along with a few blocks of memory.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

_Key = tuple[int, torch.dtype, torch.device, bool]


class _Free(threading.local):
    """The blocks of a thread that may be written to; None while nobody recycles."""

    blocks: dict[_Key, list[Tensor]] | None = None


_free = _Free()


@contextmanager
def recycling() -> Iterator[None]:
    """Let blocks go round inside; what is left is dropped at the end of the outermost block."""
    if _free.blocks is not None:
        yield
        return
    _free.blocks = {}
    try:
        yield
    finally:
        _free.blocks = None


def take_block(size: int, like: Tensor) -> Tensor:
    """Return unwritten memory for ``size`` numbers of the dtype and device of ``like``."""
    same = (_free.blocks or {}).get(_key(size, like))
    return same.pop() if same else like.new_empty(size)


def give_block(image: Tensor) -> None:
    """Take back the memory of a (B, C, H, W) image that nobody will read any more."""
    if _free.blocks is None:
        return
    pixels = image.permute(0, 2, 3, 1)
    if pixels.is_contiguous():
        block = pixels.view(-1)
        _free.blocks.setdefault(_key(block.numel(), block), []).append(block)


def _key(size: int, like: Tensor) -> _Key:
    return size, like.dtype, like.device, torch.is_inference_mode_enabled()
