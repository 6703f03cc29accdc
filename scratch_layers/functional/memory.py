"""All memory that convolutions write to and that is used again, for each thread.

What an algorithm needs while one of its blocks is computed is *scratch*: given back at the block's
end, kept for the next call. A layer's output is an *activation*: in evaluation mode it is dead as
soon as the next layer has read it, so that a network of any depth gets along with a few pieces of
memory from a :class:`Pool`, and the next image, if it has about the same size, with the same ones.
Fresh memory instead, for which the system maps
and clears pages, would take a tenth of a network's time.

Accelerators have an allocator of their own, which keeps memory for each stream; there all of this
is left to it.
"""

from __future__ import annotations

import math
import threading
from bisect import bisect_right, insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import torch
from torch import Tensor

Take: TypeAlias = Callable[[tuple[int, ...], Tensor], Tensor]
"""``(shape, like)``: returns unwritten, contiguous memory of the dtype and device of ``like``."""

_Key = tuple[torch.dtype, torch.device, bool]


_ALIGNMENT = 16
"""Numbers; pieces of scratch memory begin at multiples of a cache line."""

_MOST_PIECES = 1000
"""So many pieces are kept as tensors, which take memory, too."""

_ROOM = 1.1
"""A block may be larger by this factor than its layer asks for: sizes are rounded up to tiles."""


class Pool:
    """Memory that is free to be written to.

    Layers ask for more the larger the image is, all in proportion. So the blocks of the largest
    image serve the smaller ones too, every block in the same place of the network, and a larger
    image begins anew: no more is ever held than the largest one needs.
    """

    def __init__(self) -> None:
        # The smallest first.
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
        most = int(_ROOM * self._proportion * size)
        place = bisect_right(free, most, key=Tensor.numel) - 1
        fits = place >= 0 and free[place].numel() >= size
        return free.pop(place)[:size] if fits else like.new_empty(size)

    def give(self, image: Tensor) -> None:
        """Take back the memory of a (B, C, H, W) image that nobody will read any more."""
        if not image.permute(0, 2, 3, 1).is_contiguous() or image.storage_offset():
            return
        size = image.untyped_storage().nbytes() // image.itemsize
        block = image.as_strided((size,), (1,))
        insort(self._free.setdefault(_key(block), []), block, key=Tensor.numel)

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


class _Stack:
    """Memory of one kind that is taken piece after piece, and given back the last piece first.

    A layer takes the same pieces again and again, so they are kept as tensors: making two views of
    each took a sixteenth of the time in which the operations of a training step are started.

    Attributes:
        used: numbers that are taken.
    """

    def __init__(self, like: Tensor) -> None:
        self._memory = like.new_empty(0)
        self._pieces: dict[tuple[int, tuple[int, ...]], tuple[Tensor, int]] = {}
        self.used = 0

    def take(self, shape: tuple[int, ...]) -> Tensor:
        """Return the next piece."""
        found = self._pieces.get((self.used, shape))
        if found is None:
            found = self._pieces[self.used, shape] = self._new_piece(shape)
        piece, self.used = found
        return piece

    def _new_piece(self, shape: tuple[int, ...]) -> tuple[Tensor, int]:
        size = math.prod(shape)
        end = self.used + -(-size // _ALIGNMENT) * _ALIGNMENT
        if end > self._memory.numel():
            # Pieces that are in use keep the former memory for as long as they are.
            self._memory = self._memory.new_empty(end)
            self._pieces.clear()
        elif len(self._pieces) >= _MOST_PIECES:
            self._pieces.clear()
        return self._memory[self.used : self.used + size].view(shape), end


class _Here(threading.local):
    """The memory of a thread; activations are None where they do not go round."""

    def __init__(self) -> None:
        self.scratch: dict[_Key, _Stack] = {}
        self.activations: Pool | None = None


_here = _Here()


@contextmanager
def recycling(blocks: Pool | None = None) -> Iterator[None]:
    """Let the memory of activations go round inside.

    Inside another such context this one does nothing.

    Args:
        blocks: the largest ones stay there at the end for the next time, unless an error ended it;
            without them all is dropped.
    """
    if _here.activations is not None:
        yield
        return
    _here.activations = Pool() if blocks is None else blocks
    try:
        yield
        _here.activations.keep_largest()
    except BaseException:
        _here.activations.clear()
        raise
    finally:
        _here.activations = None


def is_recycling() -> bool:
    """Tell whether this thread evaluates a network, so that nothing is kept for gradients."""
    return _here.activations is not None


def take_memory(size: int, like: Tensor) -> Tensor:
    """Return unwritten memory for ``size`` numbers of the dtype and device of ``like``."""
    pool = _here.activations if like.device.type == "cpu" else None
    return like.new_empty(size) if pool is None else pool.take(size, like)


def give_memory(image: Tensor) -> None:
    """Take back the memory of a (B, C, H, W) image that nobody will read any more."""
    if _here.activations is not None and image.device.type == "cpu":
        _here.activations.give(image)


@contextmanager
def scratch() -> Iterator[Take]:
    """Give the function that takes memory for what is needed inside, and no longer.

    Inside of an inner context only the inner function may be used.
    """
    stacks = _here.scratch
    before = {key: stack.used for key, stack in stacks.items()}

    def take(shape: tuple[int, ...], like: Tensor) -> Tensor:
        if not like.is_cpu:
            return like.new_empty(shape)
        key = _key(like)
        if key not in stacks:
            stacks[key] = _Stack(like)
        return stacks[key].take(shape)

    try:
        yield take
    finally:
        for key, stack in stacks.items():
            stack.used = before.get(key, 0)


def _key(like: Tensor) -> _Key:
    return like.dtype, like.device, torch.is_inference_mode_enabled()
