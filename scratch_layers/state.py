"""Copying tensors by name into those that a module or a record of training already has."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from scratch_layers.errors import WeightsError


def copy_state(own: Mapping[str, Tensor], state: Mapping[str, Tensor], owner: str) -> None:
    """Copy the tensors of ``state`` into those of the same name, converting dtype and device.

    Args:
        own: what is written to.
        state: what is read.
        owner: what the tensors belong to, for the message.

    Raises:
        WeightsError: names are missing or unknown, a shape differs, a dtype would lose something
            (:func:`loses`), or something is not a tensor; nothing is changed.
    """
    problems = _problems(own, state)
    if problems:
        raise WeightsError(f"These weights do not fit {owner}: {'; '.join(problems)}.")
    for name, value in own.items():
        value.copy_(state[name].detach())


def _problems(own: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> list[str]:
    """Return what keeps ``state`` from being loaded, in words; empty where nothing does."""
    missing = [name for name in own if name not in state]
    unknown = [name for name in state if name not in own]
    problems = []
    if missing:
        problems.append("missing " + ", ".join(missing))
    if unknown:
        problems.append("unknown " + ", ".join(unknown))
    for name, value in own.items():
        given = state.get(name, value)
        if not isinstance(given, Tensor):
            problems.append(f"{name} is a {type(given).__name__}, expected a tensor")
        elif given.shape != value.shape:
            problems.append(f"{name} has shape {tuple(given.shape)}, expected {tuple(value.shape)}")
        elif loses(given, value):
            problems.append(
                f"{name} is {dtype_name(given)}, which loses something as {dtype_name(value)}"
            )
    return problems


def loses(given: Tensor, own: Tensor) -> bool:
    """Tell whether ``own`` cannot hold the kind of number that ``given`` has.

    Complex numbers lose their imaginary part as real ones, fractions are cut off in integers.
    Fewer digits, as of float64 in float32, are not counted as a loss.
    """
    return not torch.can_cast(given.dtype, own.dtype)


def dtype_name(tensor: Tensor) -> str:
    """Return such as ``float32``."""
    return str(tensor.dtype).removeprefix("torch.")
