"""Memory of activations that a network no longer needs, given to the layers that come next.

A layer's output may be so large that the system maps and clears new pages for it every time, which
takes a tenth of the time of a network. In evaluation mode an activation is dead as soon as the next
layer has read it, so a network of any depth gets along with a few blocks of memory; and the next
image, if it has about the same size, with the same ones.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

_Key = tuple[torch.dtype, torch.device, bool]

_MOST_WASTE = 2
"""A block is not used for less than one in so many of its numbers."""


class Blocks:
    """Memory that is free to be written to."""

    def __init__(self) -> None:
        self._free: dict[_Key, list[Tensor]] = {}

    def take(self, size: int, like: Tensor) -> Tensor:
        """Return the smallest block with room for ``size`` numbers, or a new one.

        A new one takes the place of the largest that was a little too small, so that images of
        several sizes do not each leave their blocks behind.
        """
        free = self._free.get(_key(like), [])
        fitting = [block for block in free if size <= block.numel() < _MOST_WASTE * size]
        if fitting:
            block = min(fitting, key=Tensor.numel)
            _remove(free, block)
            return block[:size]
        small = [block for block in free if block.numel() < size < _MOST_WASTE * block.numel()]
        if small:
            _remove(free, max(small, key=Tensor.numel))
        return like.new_empty(size)

    def give(self, image: Tensor) -> None:
        """Take back the memory of a (B, C, H, W) image that nobody will read any more."""
        if not image.permute(0, 2, 3, 1).is_contiguous() or image.storage_offset():
            return
        size = image.untyped_storage().nbytes() // image.itemsize
        self._free.setdefault(_key(image), []).append(image.as_strided((size,), (1,)))

    def clear(self) -> None:
        """Give all memory back to the system."""
        self._free.clear()


class _Current(threading.local):
    """What a thread recycles; None while it does not."""

    blocks: Blocks | None = None


_current = _Current()


@contextmanager
def recycling(blocks: Blocks | None = None) -> Iterator[None]:
    """Let memory go round inside.

    Inside another such context this one does nothing.

    Args:
        blocks: what is left at the end stays there for the next time, unless an error ended it;
            without them it is dropped.
    """
    if _current.blocks is not None:
        yield
        return
    _current.blocks = Blocks() if blocks is None else blocks
    try:
        yield
    except BaseException:
        _current.blocks.clear()
        raise
    finally:
        _current.blocks = None


def take_block(size: int, like: Tensor) -> Tensor:
    """Return unwritten memory for ``size`` numbers of the dtype and device of ``like``."""
    return like.new_empty(size) if _current.blocks is None else _current.blocks.take(size, like)


def give_block(image: Tensor) -> None:
    """Take back the memory of a (B, C, H, W) image that nobody will read any more."""
    if _current.blocks is not None:
        _current.blocks.give(image)


def _key(like: Tensor) -> _Key:
    return like.dtype, like.device, torch.is_inference_mode_enabled()


def _remove(blocks: list[Tensor], block: Tensor) -> None:
    """Remove this very block; tensors that are compared compare their numbers."""
    del blocks[next(place for place, other in enumerate(blocks) if other is block)]
