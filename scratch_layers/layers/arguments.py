"""Checks that the layers share: of their constructors' arguments and of what they are given."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentTypeError, GeometryError, ShapeError, StateError
from scratch_layers.functional.geometry import Pair


def pair(name: str, value: int | Pair, minimum: int) -> Pair:
    """Return ``value`` as (vertical, horizontal).

    Raises:
        ArgumentTypeError: it is neither an integer nor made of integers.
        GeometryError: it has another length than two, or a number below ``minimum``.
    """
    wanted = f"{name} must be an integer or a pair of them, not {value!r}."
    try:
        parts = [operator.index(part) for part in _parts(value)]
    except TypeError:
        raise ArgumentTypeError(wanted) from None
    if len(parts) != 2:
        raise GeometryError(wanted)
    if min(parts) < minimum:
        raise GeometryError(f"{name} must be at least {minimum}, not {value!r}.")
    return parts[0], parts[1]


def positive(name: str, value: int) -> int:
    """Return ``value``, an integer above zero.

    Raises:
        ArgumentTypeError: it is not an integer.
        GeometryError: it is less than 1.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise ArgumentTypeError(f"{name} must be an integer, not {value!r}.") from None
    if number < 1:
        raise GeometryError(f"{name} must be at least 1, not {value}.")
    return number


def floating(dtype: torch.dtype | None) -> torch.dtype | None:
    """Return ``dtype`` if parameters can have it.

    Raises:
        ArgumentTypeError: it is not a dtype.
        ShapeError: it is not a floating-point type.
    """
    if dtype is not None and not isinstance(dtype, torch.dtype):
        raise ArgumentTypeError(f"dtype must be a torch.dtype, not {dtype!r}.")
    if dtype is not None and not dtype.is_floating_point:
        raise ShapeError(f"Parameters need a floating-point dtype, not {dtype}.")
    return dtype


def _parts(value: int | Pair) -> Sequence[int]:
    return value if isinstance(value, (tuple, list)) else (value, value)


def as_tensor(layer: str, input: Tensor) -> Tensor:
    """Return ``input`` outside any autograd graph: the layers compute their own gradients.

    Args:
        layer: who asks, for the message.
        input: of any shape.

    Raises:
        ArgumentTypeError: ``input`` is not a tensor.
        StateError: under ``torch.autocast``, which would change the dtype behind the layer's back.
    """
    if not isinstance(input, Tensor):
        raise ArgumentTypeError(f"{layer} takes a tensor, not {type(input).__name__}.")
    device = input.device.type
    if device != "meta" and torch.is_autocast_enabled(device):
        raise StateError(
            f"{layer} computes in the dtype of its weights and input and cannot follow "
            "torch.autocast; leave it, and use to(dtype=torch.bfloat16) to compute in fewer bits."
        )
    return input.detach()


def as_batch(layer: str, input: Tensor) -> Tensor:
    """Return (B, C, H, W), with a batch axis added to an unbatched (C, H, W).

    Like the result of :func:`as_tensor`, this one is outside any autograd graph.

    Raises:
        ArgumentTypeError: ``input`` is not a tensor.
        ShapeError: it has another number of axes.
    """
    image = as_tensor(layer, input)
    if image.ndim == 3:
        return image.unsqueeze(0)
    if image.ndim == 4:
        return image
    raise ShapeError(
        f"Expected 3D (unbatched) or 4D (batched) input to {layer}, but got input of size: "
        f"{list(input.shape)}."
    )


def as_pixels(layer: str, input: Tensor) -> Tensor:
    """Return what :func:`as_batch` does, of floating-point numbers and with at least one pixel.

    Raises:
        ArgumentTypeError, ShapeError: as :func:`as_batch`, or it has no pixels or other numbers.
    """
    image = as_batch(layer, input)
    if not image.is_floating_point() or not all(image.shape[1:]):
        raise ShapeError(
            f"{layer} needs an image of floating-point numbers with at least one pixel, but got "
            f"input of size: {list(input.shape)}, {input.dtype}."
        )
    return image


def check_same_kind(input: Tensor, weight: Tensor) -> None:
    """Raise :class:`ShapeError` unless both have one dtype and lie on one device."""
    if (input.dtype, input.device) != (weight.dtype, weight.device):
        raise ShapeError(
            f"Input type ({input.dtype}, {input.device}) and weight type ({weight.dtype}, "
            f"{weight.device}) should be the same."
        )


def like_input(output: Tensor, input: Tensor) -> Tensor:
    """Return ``output`` (B, C, H, W), as (C, H, W) if ``input`` had no batch axis."""
    return output.squeeze(0) if input.ndim == 3 else output
