"""Convolution with its gradients, each product by the algorithm that is fastest for its shape.

What is computed is defined in :mod:`scratch_layers.functional.plain.convolution`; how, is chosen in
:mod:`scratch_layers.functional.fast.choice`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import torch
from torch import Tensor

from scratch_layers.functional.fast import patches, polyphase, tuning
from scratch_layers.functional.fast.choice import (
    NAMES,
    checked_algorithm,
    choose,
    choose_gradients,
    choose_phases,
    choose_transposed,
)
from scratch_layers.functional.fast.rounding import rounded, rounds
from scratch_layers.functional.fast.row_blocks import empty_channels_last
from scratch_layers.functional.geometry import Geometry
from scratch_layers.functional.memory import give_memory
from scratch_layers.threads import NUMBER_WORK, threads

__all__ = [
    "ALGORITHMS",
    "bias_gradient",
    "checked_algorithm",
    "forward",
    "gradients",
    "input_gradient",
    "weight_gradient",
]

ALGORITHMS = NAMES
"""What a layer can ask for: ``"auto"``, or an algorithm by name."""


def forward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    geometry: Geometry,
    groups: int = 1,
    algorithm: str = "auto",
) -> Tensor:
    """Convolve (B, C, H, W) with (O, C / groups, kernel h, kernel w) to (B, O, H_out, W_out).

    Args:
        bias: (O,) or None.
        geometry: where the convolution reads, see :class:`Geometry`.
        groups: input and output channels are cut into this many parts that do not mix.
        algorithm: one of :data:`ALGORITHMS`.
    """
    output = empty_channels_last(input, weight.shape[0], geometry.output_size)
    with threads.share(_multiply_adds(input, weight.shape, geometry)):
        if _is_rounded(input, weight, groups, algorithm):
            shift = None if bias is None else rounded(bias)
            patches.forward(input, rounded(weight), shift, geometry, output)
            return output
        phases = choose_phases(input, weight, geometry, algorithm, groups)
        if phases is not None:
            read = phases.inputs(input)
            made = forward(read, weight, bias, phases.geometry)
            phases.join_outputs(made, output)
            give_memory(read)
            give_memory(made)
            return output
        way = choose(input, weight, geometry, algorithm, groups)
        parts = 1 if way.takes_groups else groups
        images, places = _parts(input, parts, 1), _parts(output, parts, 1)
        factors, shifts = _parts(weight, parts), _parts(bias, parts)
        for image, taps, shift, place in zip(images, factors, shifts, places, strict=True):
            way.forward(image, taps, shift, geometry, place)
    return output


def gradients(
    input: Tensor,
    gradient: Tensor,
    weight: Tensor,
    geometry: Geometry,
    groups: int = 1,
    algorithm: str = "auto",
) -> tuple[Tensor, Tensor]:
    """Return the gradients with respect to the input, (B, C, H, W), and to the weight.

    They are what :func:`input_gradient` and :func:`weight_gradient` return for ``gradient``
    (B, O, H_out, W_out) and ``weight`` (O, C / groups, kernel h, kernel w), with shared work.
    """
    factors = rounded(weight) if _is_rounded(input, weight, groups, algorithm) else weight
    with threads.share(2 * _multiply_adds(input, weight.shape, geometry)):
        phases = choose_phases(input, factors, geometry, algorithm, groups)
        if phases is not None and factors is weight:
            result = empty_channels_last(input, input.shape[1], geometry.input_size)
            read, made = phases.inputs(input), phases.outputs(gradient)
            by_input, by_weight = gradients(read, made, weight, phases.geometry)
            phases.join_inputs(by_input, result)
            return result, by_weight
        way = choose_gradients(input, gradient, factors, geometry, algorithm, groups)
        if way is None or way.gradients is None:
            return (
                input_gradient(gradient, weight, geometry, groups, algorithm),
                weight_gradient(input, gradient, geometry, groups, algorithm),
            )
        result = empty_channels_last(input, input.shape[1], geometry.input_size)
        return result, way.gradients(input, gradient, factors, geometry, result)


def input_gradient(
    gradient: Tensor,
    weight: Tensor,
    geometry: Geometry,
    groups: int = 1,
    algorithm: str = "auto",
    bias: Tensor | None = None,
) -> Tensor:
    """Return the gradient with respect to the input, (B, C, H, W).

    ``gradient`` (B, O, H_out, W_out) is that of the output, ``weight`` (O, C / groups, kernel h,
    kernel w). This is also the *transposed convolution* of ``gradient``, to which a ``bias`` (C,)
    is added.
    """
    channels = weight.shape[1] * groups
    result = empty_channels_last(gradient, channels, geometry.input_size)
    way = choose_transposed(weight, geometry, algorithm, groups)
    parts = 1 if way is not None and way.takes_groups else groups
    gradients, places = _parts(gradient, parts, 1), _parts(result, parts, 1)
    factors, shifts = _parts(weight, parts), _parts(bias, parts)
    with threads.share(_multiply_adds(gradient, weight.shape, geometry)):
        for sent, taps, shift, place in zip(gradients, factors, shifts, places, strict=True):
            if way is not None and way.input_gradient is not None:
                way.input_gradient(sent, taps, shift, geometry, place)
            else:
                polyphase.input_gradient(sent, taps, shift, geometry, place, algorithm)
    return result


def weight_gradient(
    input: Tensor,
    gradient: Tensor,
    geometry: Geometry,
    groups: int = 1,
    algorithm: str = "auto",
) -> Tensor:
    """Return the gradient with respect to the weight, (O, C / groups, kernel h, kernel w)."""
    channels, outputs = input.shape[1] // groups, gradient.shape[1]
    result = input.new_empty((outputs, channels, *geometry.kernel))
    way = choose(input, result, geometry, algorithm, groups)
    parts = 1 if way.takes_groups else groups
    images, gradients = _parts(input, parts, 1), _parts(gradient, parts, 1)
    with threads.share(_multiply_adds(input, result.shape, geometry)):
        for image, sent, place in zip(images, gradients, _parts(result, parts), strict=True):
            place.copy_(way.weight_gradient(image, sent, geometry))
    return result


def bias_gradient(gradient: Tensor) -> Tensor:
    """Return the gradient with respect to the bias: the sum over images and pixels, (O,)."""
    with threads.share(NUMBER_WORK * gradient.numel()):
        return gradient.sum((0, 2, 3))


def _is_rounded(image: Tensor, weight: Tensor, groups: int, algorithm: str) -> bool:
    """Tell whether products with an image of float32 are computed in bfloat16."""
    plain = groups == 1 and algorithm == "auto"
    return plain and rounds(image) and min(weight.shape[:2]) >= tuning.ROUNDED_CHANNELS


def _multiply_adds(image: Tensor, weight_shape: torch.Size, geometry: Geometry) -> int:
    pixels = geometry.output_size[0] * geometry.output_size[1]
    return len(image) * weight_shape.numel() * pixels


@overload
def _parts(values: Tensor, groups: int, axis: int = 0) -> Sequence[Tensor]: ...


@overload
def _parts(values: Tensor | None, groups: int, axis: int = 0) -> Sequence[Tensor | None]: ...


def _parts(values: Tensor | None, groups: int, axis: int = 0) -> Sequence[Tensor | None]:
    """Return what belongs to each group; of one group the very tensor, whose weights are known."""
    return [values] * groups if values is None or groups == 1 else values.chunk(groups, axis)
