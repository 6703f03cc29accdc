"""All memory that convolutions write to and that is kept from call to call, for each thread.

There are two kinds. The *workspace* belongs to an algorithm while one of its blocks of rows is
computed. An *activation* is a layer's output: in evaluation mode it is dead as soon as the next
layer has read it, so that a network of any depth gets along with a few pieces of memory, and the
next image, if it has about the same size, with the same ones. Fresh memory instead, for which the
system maps and clears pages, would take a tenth of a network's time.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

_Key = tuple[torch.dtype, torch.device, bool]


_ROOM = 1.1
"""A block may be larger by this factor than its layer asks for: sizes are rounded up to tiles."""


class Pool:
    """Memory that is free to be written to.

    Layers ask for more the larger the image is, all in proportion. So the blocks of the largest
    image serve the smaller ones too, every block in the same place of the network, and a larger
    image begins anew: no more is ever held than the largest one needs.
    """

    def __init__(self) -> None:
        self._free: dict[_Key, list[Tensor]] = {}
        self._largest = 0
        self._proportion = 1.0

    def prepare(self, pixels: int) -> None:
        """Be ready for an image of so many pixels."""
        if pixels > self._largest:
            self.clear()
            self._largest = pixels
        self._proportion = self._largest / max(1, pixels)

    def take(self, size: int, like: Tensor) -> Tensor:
        """Return a block with room for ``size`` numbers, or a new one."""
        free = self._free.get(_key(like), [])
        most = _ROOM * self._proportion * size
        fitting = [block for block in free if size <= block.numel() <= most]
        if not fitting:
            return like.new_empty(size)
        block = max(fitting, key=Tensor.numel)
        _remove(free, block)
        return block[:size]

    def give(self, image: Tensor) -> None:
        """Take back the memory of a (B, C, H, W) image that nobody will read any more."""
        if not image.permute(0, 2, 3, 1).is_contiguous() or image.storage_offset():
            return
        size = image.untyped_storage().nbytes() // image.itemsize
        self._free.setdefault(_key(image), []).append(image.as_strided((size,), (1,)))

    def keep_largest(self) -> None:
        """Give all but the largest blocks back to the system.

        Between two images there is other memory in use, for which the smaller blocks make room.
        """
        sizes = [block.numel() for free in self._free.values() for block in free]
        least = max(sizes, default=0) / _ROOM
        for free in self._free.values():
            free[:] = [block for block in free if block.numel() >= least]

    def clear(self) -> None:
        """Give all memory back to the system."""
        self._free.clear()
        self._largest = 0


class _Current(threading.local):
    """What a thread recycles; None while it does not."""

    blocks: Pool | None = None


_current = _Current()


@contextmanager
def recycling(blocks: Pool | None = None) -> Iterator[None]:
    """Let memory go round inside.

    Inside another such context this one does nothing.

    Args:
        blocks: the largest ones stay there at the end for the next time, unless an error ended it;
            without them all is dropped.
    """
    if _current.blocks is not None:
        yield
        return
    _current.blocks = Pool() if blocks is None else blocks
    try:
        yield
        _current.blocks.keep_largest()
    except BaseException:
        _current.blocks.clear()
        raise
    finally:
        _current.blocks = None


def take_memory(size: int, like: Tensor) -> Tensor:
    """Return unwritten memory for ``size`` numbers of the dtype and device of ``like``."""
    return like.new_empty(size) if _current.blocks is None else _current.blocks.take(size, like)


def give_memory(image: Tensor) -> None:
    """Take back the memory of a (B, C, H, W) image that nobody will read any more."""
    if _current.blocks is not None:
        _current.blocks.give(image)


def _key(like: Tensor) -> _Key:
    return like.dtype, like.device, torch.is_inference_mode_enabled()


def _remove(blocks: list[Tensor], block: Tensor) -> None:
    """Remove this very block; tensors that are compared compare their numbers."""
    del blocks[next(place for place, other in enumerate(blocks) if other is block)]


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
