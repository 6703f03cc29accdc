"""Checks that the layers' constructors share, and the shape of what they are given."""

from __future__ import annotations

from torch import Tensor

from scratch_layers.errors import ArgumentTypeError, GeometryError, ShapeError
from scratch_layers.functional.geometry import Pair


def pair(name: str, value: int | Pair, minimum: int) -> Pair:
    """Return ``value`` as (vertical, horizontal).

    Raises:
        ArgumentTypeError: it is neither an integer nor made of integers.
        GeometryError: it has another length than two, or a number below ``minimum``.
    """
    parts = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    for part in parts:
        if not isinstance(part, int):
            raise ArgumentTypeError(f"{name} must be an integer or a pair of them, not {value!r}.")
    if len(parts) != 2:
        raise GeometryError(f"{name} must be an integer or a pair of them, not {value!r}.")
    if min(parts) < minimum:
        raise GeometryError(f"{name} must be at least {minimum}, not {value!r}.")
    return parts[0], parts[1]


def positive(name: str, value: int) -> int:
    """Return ``value`` if it is an integer above zero; raise as :func:`pair` does otherwise."""
    if not isinstance(value, int):
        raise ArgumentTypeError(f"{name} must be an integer, not {value!r}.")
    if value < 1:
        raise GeometryError(f"{name} must be at least 1, not {value}.")
    return value


def require_tensor(layer: str, input: object) -> None:
    """Raise :class:`ArgumentTypeError` unless ``input`` is a tensor."""
    if not isinstance(input, Tensor):
        raise ArgumentTypeError(f"{layer} takes a tensor, not {type(input).__name__}.")


def as_batch(layer: str, input: Tensor) -> Tensor:
    """Return (B, C, H, W), with a batch axis added to an unbatched (C, H, W).

    Raises:
        ArgumentTypeError: ``input`` is not a tensor.
        ShapeError: it has another number of axes.
    """
    require_tensor(layer, input)
    if input.ndim == 3:
        return input.unsqueeze(0)
    if input.ndim == 4:
        return input
    raise ShapeError(
        f"Expected 3D (unbatched) or 4D (batched) input to {layer}, but got input of size: "
        f"{list(input.shape)}."
    )


def like_input(output: Tensor, input: Tensor) -> Tensor:
    """Drop the batch axis of ``output`` again if ``input`` had none."""
    return output.squeeze(0) if input.ndim == 3 else output
