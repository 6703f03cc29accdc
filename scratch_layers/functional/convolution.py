"""The three products of a convolution, each by the algorithm that is fastest for its shape.

This is the one place where an algorithm is chosen. :func:`choose_algorithm` is the rule.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError
from scratch_layers.functional import (
    convolution_depthwise,
    convolution_matrix,
    convolution_patches,
    convolution_planes,
    convolution_reference,
    convolution_winograd,
    convolution_winograd_rows,
)
from scratch_layers.functional.bands import empty_channels_last
from scratch_layers.functional.geometry import Geometry
from scratch_layers.functional.phases import Phase, phases
from scratch_layers.functional.precision import rounded, rounds
from scratch_layers.threads import threads

ALGORITHMS = ("auto", "reference", "matrix", "patches", "planes", "winograd-rows", "winograd")

FEW_INPUTS = 4
"""Up to this many input channels are worth being taken apart into planes, for small kernels."""

FEW_INPUTS_KERNEL = 3
"""The widest kernel for which they are."""

FEW_OUTPUTS = 6
"""Up to this many output channels are worth being put together from planes."""

FEW_PIXELS = 1024
"""With fewer output pixels a convolution is over before more than a few operations have begun."""

ROWS_CHANNELS = 8
"""From this many channels on both sides on, half the multiplications pay for transforming rows."""

ROUGH_ROWS_CHANNELS = 32
"""The same for bfloat16; with it photos lose less than 0.02 dB in all, from 16 channels on more."""

ROUNDED_CHANNELS = 8
"""From this many on both sides on, factors of products may be rounded; others take little time."""

WINOGRAD_CHANNELS = 128
"""From this many on both sides on, a quarter of them pays for transforming tiles."""

WINOGRAD_PIXELS = 2048
"""With fewer output pixels, transforming the taps costs more than tiles save."""


def checked_algorithm(name: str) -> str:
    """Return ``name`` if it is one of :data:`ALGORITHMS`, else raise :class:`ArgumentError`."""
    if name not in ALGORITHMS:
        raise ArgumentError(f"algorithm must be one of {', '.join(ALGORITHMS)}, not {name!r}.")
    return name


def choose_algorithm(input: Tensor, weight: Tensor, geometry: Geometry, wish: str = "auto") -> str:
    """Return the algorithm for a convolution: one of :data:`ALGORITHMS` other than ``"auto"``.

    Windows that overlap little or are few are copied as patches. Few channels are handled as
    planes. Winograd's algorithms need a kernel three rows high at stride 1, and enough channels for
    the products to outweigh the transforms; in less than 32 bits their rounding error is too large,
    but for rows of many channels in bfloat16. Everything else is a matrix product. The limits are
    where the measured times cross on processors with AVX-512.
    A wish is granted where the algorithm can compute that shape.
    """
    outputs, inputs = weight.shape[:2]
    narrowest = min(inputs, outputs)
    precise = input.dtype.itemsize >= 4
    rough_rows = input.dtype == torch.bfloat16 and narrowest >= ROUGH_ROWS_CHANNELS
    can_rows = convolution_winograd_rows.applies_to(geometry) and (precise or rough_rows)
    can_winograd = convolution_winograd.applies_to(geometry) and precise
    if wish == "winograd":
        return wish if can_winograd else "matrix"
    if wish == "winograd-rows":
        return wish if can_rows else "matrix"
    if wish != "auto":
        return wish
    pixels = input.shape[0] * geometry.output_size[0] * geometry.output_size[1]
    if geometry.stride != (1, 1) or geometry.kernel == (1, 1) or pixels < FEW_PIXELS:
        return "patches"
    if outputs <= FEW_OUTPUTS:
        return "planes"
    if inputs <= FEW_INPUTS:
        return "planes" if geometry.kernel[1] <= FEW_INPUTS_KERNEL else "patches"
    if can_winograd and narrowest >= WINOGRAD_CHANNELS and pixels >= WINOGRAD_PIXELS:
        return "winograd"
    return "winograd-rows" if can_rows and narrowest >= ROWS_CHANNELS else "matrix"


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
    with threads.share(_multiply_adds(input.shape[0], weight.shape, geometry)):
        if _is_depthwise(weight, groups, algorithm):
            convolution_depthwise.forward(input, weight, bias, geometry, output)
            return output
        if _is_rounded(input, weight, groups, algorithm):
            offset = None if bias is None else rounded(bias)
            convolution_patches.forward(input, rounded(weight), offset, geometry, output)
            return output
        for inputs, outputs in _group_parts(groups, input.shape[1], weight.shape[0]):
            _forward_into(
                input[:, inputs],
                weight[outputs],
                None if bias is None else bias[outputs],
                geometry,
                algorithm,
                output[:, outputs],
            )
    return output


def gradients(
    input: Tensor,
    gradient: Tensor,
    weight: Tensor,
    geometry: Geometry,
    groups: int = 1,
    algorithm: str = "auto",
) -> tuple[Tensor, Tensor]:
    """Return the gradients with respect to the input and to the weight.

    In bfloat16 the products are those of patches, whose sums over all taps are made in 32 bits and
    rounded once, because errors of gradients add up over the layers and steps of a training.
    """
    is_rough = input.dtype == torch.bfloat16 and groups == 1 and algorithm == "auto"
    if geometry.stride == (1, 1) and (is_rough or _is_rounded(input, weight, groups, algorithm)):
        result = empty_channels_last(input, input.shape[1], geometry.input_size)
        with threads.share(2 * _multiply_adds(input.shape[0], weight.shape, geometry)):
            taps = convolution_patches.gradients(input, gradient, rounded(weight), geometry, result)
        return result, taps
    return (
        input_gradient(gradient, weight, geometry, groups, algorithm),
        weight_gradient(input, gradient, geometry, groups, algorithm),
    )


def input_gradient(
    gradient: Tensor,
    weight: Tensor,
    geometry: Geometry,
    groups: int = 1,
    algorithm: str = "auto",
    bias: Tensor | None = None,
) -> Tensor:
    """Return the gradient with respect to the input, (B, C, H, W).

    This is also the *transposed convolution* of ``gradient``, to which a ``bias`` (C,) is added.
    """
    channels = weight.shape[1] * groups
    if algorithm == "reference":
        result = convolution_reference.input_gradient(gradient, weight, geometry, groups)
        return result if bias is None else result + bias[:, None, None]
    result = empty_channels_last(gradient, channels, geometry.input_size)
    with threads.share(_multiply_adds(gradient.shape[0], weight.shape, geometry)):
        if _is_depthwise(weight, groups, algorithm):
            convolution_depthwise.input_gradient(gradient, weight, bias, geometry, result)
            return result
        for inputs, outputs in _group_parts(groups, channels, gradient.shape[1]):
            _transposed_into(
                gradient[:, outputs],
                weight[outputs],
                None if bias is None else bias[inputs],
                geometry,
                algorithm,
                result[:, inputs],
            )
    return result


def _transposed_into(
    gradient: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    geometry: Geometry,
    algorithm: str,
    output: Tensor,
) -> None:
    """Fill ``output`` phase by phase; phases that read the same pixels share one convolution."""
    if algorithm in ("auto", "patches") and convolution_patches.side_by_side(geometry):
        convolution_patches.input_gradient(gradient, weight, bias, geometry, output)
        return
    for phase_geometry, members in _phases_by_geometry(weight, geometry):
        places = [output[:, :, member.rows, member.columns] for member in members]
        if phase_geometry is None:
            for place in places:
                place.zero_()
                if bias is not None:
                    place.add_(bias[:, None, None])
            continue
        weights = [member.weight for member in members if member.weight is not None]
        if len(members) == 1:
            _forward_into(gradient, weights[0], bias, phase_geometry, algorithm, places[0])
            continue
        together = forward(
            gradient,
            torch.cat(weights),
            None if bias is None else bias.repeat(len(members)),
            phase_geometry,
            1,
            algorithm,
        )
        for place, part in zip(places, together.chunk(len(members), dim=1), strict=True):
            place.copy_(part)


def _phases_by_geometry(
    weight: Tensor, geometry: Geometry
) -> list[tuple[Geometry | None, list[Phase]]]:
    members: dict[Geometry | None, list[Phase]] = {}
    for phase in phases(weight, geometry):
        members.setdefault(phase.geometry, []).append(phase)
    return list(members.items())


def weight_gradient(
    input: Tensor,
    gradient: Tensor,
    geometry: Geometry,
    groups: int = 1,
    algorithm: str = "auto",
) -> Tensor:
    """Return the gradient with respect to the weight, (O, C / groups, kernel h, kernel w)."""
    if algorithm == "reference":
        return convolution_reference.weight_gradient(input, gradient, geometry, groups)
    channels, outputs = input.shape[1] // groups, gradient.shape[1]
    result = input.new_empty((outputs, channels, *geometry.kernel))
    with threads.share(_multiply_adds(input.shape[0], result.shape, geometry)):
        if _is_depthwise(result, groups, algorithm):
            return convolution_depthwise.weight_gradient(input, gradient, geometry)
        for part, rows in _group_parts(groups, input.shape[1], outputs):
            chosen = choose_algorithm(input, result[rows], geometry, algorithm)
            compute = _WEIGHT_GRADIENTS[chosen]
            result[rows] = compute(input[:, part], gradient[:, rows], geometry)
    return result


def bias_gradient(gradient: Tensor) -> Tensor:
    """Return the gradient with respect to the bias: the sum over images and pixels, (O,)."""
    return gradient.sum((0, 2, 3))


def _forward_into(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    geometry: Geometry,
    algorithm: str,
    output: Tensor,
) -> None:
    chosen = choose_algorithm(input, weight, geometry, algorithm)
    if chosen == "reference":
        output.copy_(convolution_reference.forward(input, weight, bias, geometry))
    else:
        _FORWARDS[chosen](input, weight, bias, geometry, output)


def _is_depthwise(weight: Tensor, groups: int, algorithm: str) -> bool:
    return groups > 1 and algorithm == "auto" and convolution_depthwise.applies_to(weight, groups)


def _is_rounded(image: Tensor, weight: Tensor, groups: int, algorithm: str) -> bool:
    """Tell whether products with an image of float32 are computed in bfloat16."""
    plain = groups == 1 and algorithm == "auto"
    return plain and rounds(image) and min(weight.shape[:2]) >= ROUNDED_CHANNELS


def _multiply_adds(images: int, weight_shape: torch.Size, geometry: Geometry) -> int:
    return images * weight_shape.numel() * geometry.output_size[0] * geometry.output_size[1]


def _group_parts(groups: int, inputs: int, outputs: int) -> list[tuple[slice, slice]]:
    """Return, for every group, its input channels and its output channels."""
    width_in, width_out = inputs // groups, outputs // groups
    return [
        (
            slice(group * width_in, (group + 1) * width_in),
            slice(group * width_out, (group + 1) * width_out),
        )
        for group in range(groups)
    ]


_FORWARDS = {
    "matrix": convolution_matrix.forward,
    "patches": convolution_patches.forward,
    "planes": convolution_planes.forward,
    "winograd-rows": convolution_winograd_rows.forward,
    "winograd": convolution_winograd.forward,
}
# The gradient of the taps needs both sides transformed; by rows that is cheaper at any width.
_WEIGHT_GRADIENTS = {
    "matrix": convolution_matrix.weight_gradient,
    "patches": convolution_patches.weight_gradient,
    "planes": convolution_planes.weight_gradient,
    "winograd-rows": convolution_winograd_rows.weight_gradient,
    "winograd": convolution_winograd_rows.weight_gradient,
}
