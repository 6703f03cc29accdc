"""What forward passes keep until their backward passes: a stack that notices what goes wrong."""

from __future__ import annotations

import warnings
from typing import Any

from torch import Tensor

from scratch_layers.errors import StateError

MOST_OPEN_PASSES = 64
"""More forward passes than this without a backward pass are taken for a mistake."""


class SavedPasses:
    """The forward passes of one module that wait for their backward passes, latest last.

    Args:
        owner: the kind of module, for messages.
    """

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._passes: list[tuple[tuple[Any, ...], list[int]]] = []
        self._went_back = False

    def push(self, needed: tuple[Any, ...]) -> None:
        """Keep what a backward pass will need.

        Warns where earlier passes seem to be forgotten: many of them, or some that were left open
        when the backward passes of later ones ran.
        """
        count = len(self._passes)
        if not count:
            self._went_back = False
        if self._went_back or count == MOST_OPEN_PASSES:
            self._went_back = False
            passes = "forward passes wait" if count > 1 else "forward pass waits"
            warnings.warn(
                f"{count} {passes} for {self._owner}.backward, which takes the latest one first: "
                "call eval() before passes that only predict, or forget() to drop them.",
                RuntimeWarning,
                stacklevel=4,
            )
        self._passes.append((needed, [_version(item) for item in needed]))

    def pop(self) -> tuple[Any, ...]:
        """Take back what the latest open forward pass keeps.

        Raises:
            StateError: there is none, or what it keeps was changed in place since.
        """
        if not self._passes:
            raise StateError(
                f"{self._owner}.backward needs a forward pass in training mode before it; "
                "call forward first, and train() if eval() was called."
            )
        needed, versions = self._passes.pop()
        self._went_back = True
        if versions != [_version(item) for item in needed]:
            raise StateError(
                f"{self._owner}.backward needs the input or output of its forward pass, but it was "
                "changed in place since; change a clone() instead."
            )
        return needed

    def __len__(self) -> int:
        """Return how many passes are open."""
        return len(self._passes)

    def clear(self) -> None:
        """Drop all open passes."""
        self._passes.clear()


def _version(item: Any) -> int:
    """Return a number that grows with every change in place, where torch counts these."""
    return item._version if isinstance(item, Tensor) and not item.is_inference() else 0
