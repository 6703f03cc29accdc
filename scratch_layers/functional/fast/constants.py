"""Tensors that are made once: of numbers that never change, and of weights until they change."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from typing import Any

import torch
from torch import Tensor

from scratch_layers.functional.memory import is_recycling


class Constant:
    """Nested sequences of numbers, as a tensor of any dtype on any device.

    An accelerator is waited for whenever a tensor is made from numbers, hence only once.
    """

    def __init__(self, numbers: Any) -> None:
        self._numbers = numbers
        self._made: dict[tuple[torch.dtype, torch.device], Tensor] = {}

    def like(self, other: Tensor) -> Tensor:
        """Return the numbers in the dtype and on the device of another tensor."""
        key = other.dtype, other.device
        if key not in self._made:
            # A tensor made in inference mode could not be used by what trains later.
            with torch.inference_mode(False):
                self._made[key] = torch.tensor(
                    self._numbers, dtype=other.dtype, device=other.device
                )
        return self._made[key]


_kept: dict[int, tuple[weakref.ref[Tensor], int, dict[Hashable, Tensor]]] = {}
"""For weights, the version of their numbers and, by purpose, what was made of them."""


def made_of_weight(weight: Tensor, purpose: Hashable, make: Callable[[], Tensor]) -> Tensor:
    """Return what ``make`` makes of a weight; where a network is evaluated, it is kept.

    It is made anew when the weight's numbers have changed, and dropped when training begins.
    """
    key = id(weight)
    if not is_recycling() or weight.is_inference():
        _kept.pop(key, None)
        return make()
    entry = _kept.get(key)
    if entry is None or entry[0]() is not weight or entry[1] != weight._version:
        gone = weakref.ref(weight, lambda _: _kept.pop(key, None))
        entry = _kept[key] = (gone, weight._version, {})
    made = entry[2]
    if purpose not in made:
        with torch.inference_mode(False):
            made[purpose] = make()
    return made[purpose]
