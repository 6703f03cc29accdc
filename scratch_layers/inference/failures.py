"""What can go wrong with a tile that another way of computing it would put right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

    from scratch_layers.inference.tiles import Tile

_ALLOCATION_WORDS = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "not enough memory",
    "bad_alloc",
    "alloc_failed",
    "can't start new thread",
)
"""How torch's allocators, the C++ library and Python tell that memory ran out, in lower case."""

_SAMPLE_STEP = 32
"""Pixels between those that are looked at first: hardly a picture gives all of them one colour."""


@dataclass(frozen=True)
class Fallback:
    """Something went wrong with a tile, and how the work went on; no finished tile was lost.

    Attributes:
        cause: memory ran out, the device failed, or its output was wrong.
        remedy: what is done from now on. With ``"this tile on the cpu"`` the device goes on with
            the next tile.
        device: where it happened.
        detail: what the system or the check said.
        tile: the part of the image.
    """

    cause: Literal["memory", "device", "output"]
    remedy: Literal["smaller tiles", "cpu", "this tile on the cpu"]
    device: str
    detail: str
    tile: Tile

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        if self.remedy == "smaller tiles":
            return (
                f"Memory ran out on {self.device} with a tile of {self.tile.width} x "
                f"{self.tile.height} pixels; the work went on in tiles of half the size."
            )
        if self.cause == "memory":
            return (
                f"Memory ran out on {self.device} even for small tiles; "
                "the rest was computed on the processor."
            )
        if self.cause == "device":
            return (
                f"The device {self.device} failed ({self.detail}); "
                "the rest was computed on the processor."
            )
        part = "that part" if self.remedy == "this tile on the cpu" else "all the rest"
        return (
            f"The device {self.device} gave {self.detail} for a part of the picture; "
            f"{part} was computed on the processor."
        )


def is_allocation_failure(error: BaseException) -> bool:
    """Tell whether an exception means that memory ran out."""
    if isinstance(error, MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(word in text for word in _ALLOCATION_WORDS)


def short_reason(error: BaseException) -> str:
    """Return the first line of an error, which is all that people can use of torch's."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".")[:120] if lines else type(error).__name__


def defect(clean: Tensor, window: Tensor) -> str | None:
    """Say what is wrong with a network's output for a window, or ``None``.

    No noise is so even that a picture with any variation comes out in one single colour, black
    among them, and none makes numbers into something else.

    Args:
        clean, window: (B, 3, H, W), the output and what it was computed from.
    """
    if not is_finite(clean):
        return "values that are not numbers" if is_finite(window) else None
    even = _is_even(clean)
    if bool((even & ~_is_even(window)).any()):
        black = bool((clean.amax((1, 2, 3)) == 0)[even].any())
        return "a black picture" if black else "a picture of one single colour"
    return None


def is_finite(values: Tensor) -> bool:
    """Tell whether all values are numbers and none is infinite."""
    # Every value that is not shows in the sum, which is quicker to look at.
    return bool(values.sum().isfinite()) or bool(values.isfinite().all())


def _is_even(images: Tensor) -> Tensor:
    """Tell for every image (B,) whether each of its channels has one value only."""
    first = images[:, :, :1, :1]
    few = (images[:, :, ::_SAMPLE_STEP, ::_SAMPLE_STEP] == first).all(3).all(2).all(1)
    return few if not bool(few.any()) else (images == first).all(3).all(2).all(1)
