"""Small matrices of numbers that never change, made once for each device and dtype."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import Tensor


def constant(rows: tuple[Any, ...], like: Tensor) -> Tensor:
    """Return nested tuples of numbers as a tensor of the dtype and device of ``like``.

    An accelerator is waited for whenever a tensor is made from numbers, hence only once.
    """
    return _made(rows, like.dtype, like.device)


@cache
def _made(rows: tuple[Any, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    # A tensor made in inference mode could not be used by what trains later.
    with torch.inference_mode(False):
        return torch.tensor(rows, dtype=dtype, device=device)
