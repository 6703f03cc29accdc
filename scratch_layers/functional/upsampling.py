r"""Nearest-neighbour upsampling followed by a convolution, without the upsampled image.

Upsampling by :math:`s` repeats every pixel, so a kernel that slides over the large image keeps
multiplying the same pixel by several taps. Summing those taps first gives a *transposed*
convolution of the small image with stride :math:`s` whose kernel is the original, reversed and
summed over boxes of :math:`s \times s`:

.. math::
    E_{c,o,e,f} = \sum_{i,j} W_{o,c,i,j}
    \; [0 \le e - d (k - 1 - i) < s] \; [0 \le f - d (k - 1 - j) < s]

Its :math:`s^2` phases hold 2x2 taps for a 3x3 kernel and :math:`s = 2`: 2.25 times less arithmetic
than the definition, :mod:`scratch_layers.functional.plain.upsampling`. That most common case takes
three times less in :mod:`scratch_layers.functional.fast.winograd`.

Source: Aitken et al., "Checkerboard artifact free sub-pixel convolution" (2017); Odena, Dumoulin &
Olah, "Deconvolution and Checkerboard Artifacts" (Distill, 2016).
"""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.functional import convolution
from scratch_layers.functional.fast import tuning, winograd
from scratch_layers.functional.fast.rounding import rounded, rounds
from scratch_layers.functional.geometry import Geometry, Pair
from scratch_layers.functional.resampling import upsample_nearest, upsample_nearest_backward
from scratch_layers.threads import threads


def pays(image: Tensor, scale: Pair, geometry: Geometry) -> bool:
    """Tell whether to sum taps: they fall together, at stride 1 and dilated at most by the scale.

    On an accelerator few operations count more than few multiplications.
    """
    return (
        image.device.type == "cpu"
        and geometry.stride == (1, 1)
        and geometry.dilation[0] <= scale[0]
        and geometry.dilation[1] <= scale[1]
    )


def is_doubled(
    image: Tensor, other_channels: int, scale: Pair, geometry: Geometry, algorithm: str = "auto"
) -> bool:
    """Tell whether doubling by :mod:`winograd` is the way; a wish for an algorithm gets phases.

    Args:
        image: on either side of the layer.
        other_channels: of the other side.
    """
    wide = min(image.shape[1], other_channels) >= tuning.DOUBLING_CHANNELS
    fits = pays(image, scale, geometry) and winograd.doubling_applies_to(scale, geometry)
    return algorithm == "auto" and wide and fits


def forward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    scale: Pair,
    geometry: Geometry,
    algorithm: str = "auto",
) -> Tensor:
    """Upsample by ``scale`` and convolve.

    Args:
        input: (B, C, H, W).
        weight: (O, C, kernel height, kernel width).
        bias: (O,) or None.
        geometry: of the convolution on the upsampled image.
        algorithm: of the convolutions, see :mod:`scratch_layers.functional.convolution`.

    Returns:
        (B, O, H_out, W_out).
    """
    if is_doubled(input, weight.shape[0], scale, geometry, algorithm):
        if rounds(input):
            offset = None if bias is None else rounded(bias)
            rough = forward(rounded(input), rounded(weight), offset, scale, geometry, algorithm)
            return rough.to(input.dtype)
        with threads.share(_multiply_adds(input, weight.shape[0])):
            return winograd.double(input, weight, bias, geometry)
    if not pays(input, scale, geometry):
        large = upsample_nearest(input, scale)
        return convolution.forward(large, weight, bias, geometry, 1, algorithm)
    summed = _sum_taps(weight, scale, geometry)
    transposed = _transposed(scale, geometry)
    return convolution.input_gradient(input, summed, transposed, 1, algorithm, bias)


def input_gradient(
    gradient: Tensor, weight: Tensor, scale: Pair, geometry: Geometry, algorithm: str = "auto"
) -> Tensor:
    """Return the gradient with respect to the small input, (B, C, H, W)."""
    if is_doubled(gradient, weight.shape[1], scale, geometry, algorithm):
        if rounds(gradient):
            rough = input_gradient(rounded(gradient), rounded(weight), scale, geometry, algorithm)
            return rough.to(gradient.dtype)
        with threads.share(_multiply_adds(gradient, weight.shape[1])):
            return winograd.double_input_gradient(gradient, weight, geometry)
    if not pays(gradient, scale, geometry):
        large = convolution.input_gradient(gradient, weight, geometry, 1, algorithm)
        return upsample_nearest_backward(large, scale)
    summed = _sum_taps(weight, scale, geometry)
    transposed = _transposed(scale, geometry)
    return convolution.forward(gradient, summed, None, transposed, 1, algorithm)


def weight_gradient(
    input: Tensor, gradient: Tensor, scale: Pair, geometry: Geometry, algorithm: str = "auto"
) -> Tensor:
    """Return the gradient with respect to the weight, (O, C, kernel height, kernel width)."""
    if is_doubled(input, gradient.shape[1], scale, geometry, algorithm):
        if rounds(input):
            input, gradient = rounded(input), rounded(gradient)
        with threads.share(_multiply_adds(input, gradient.shape[1])):
            return winograd.double_weight_gradient(input, gradient, geometry)
    if not pays(input, scale, geometry):
        large = upsample_nearest(input, scale)
        return convolution.weight_gradient(large, gradient, geometry, 1, algorithm)
    transposed = _transposed(scale, geometry)
    summed = convolution.weight_gradient(gradient, input, transposed, 1, algorithm)
    rows, columns = _box_sums(scale, geometry, input)
    return torch.einsum("ei,coef,fj->ocij", rows, summed, columns)


def _multiply_adds(image: Tensor, other_channels: int) -> int:
    """Return about how many a doubled image takes; either side may be given."""
    return 12 * image.numel() * other_channels


def _transposed(scale: Pair, geometry: Geometry) -> Geometry:
    """Return the geometry of the strided convolution whose transpose is the upsampling layer."""
    small = (geometry.input_size[0] // scale[0], geometry.input_size[1] // scale[1])
    reach = [geometry.dilation[axis] * (geometry.kernel[axis] - 1) for axis in (0, 1)]
    return Geometry(
        input_size=geometry.output_size,
        output_size=small,
        kernel=(reach[0] + scale[0], reach[1] + scale[1]),
        stride=scale,
        dilation=(1, 1),
        before=(reach[0] - geometry.before[0], reach[1] - geometry.before[1]),
    )


def _sum_taps(weight: Tensor, scale: Pair, geometry: Geometry) -> Tensor:
    rows, columns = _box_sums(scale, geometry, weight)
    return torch.einsum("ei,ocij,fj->coef", rows, weight, columns)


def _box_sums(scale: Pair, geometry: Geometry, like: Tensor) -> tuple[Tensor, Tensor]:
    """Return, along each axis, the matrix of zeros and ones that sums taps over boxes."""
    matrices = []
    for axis in (0, 1):
        dilation, kernel = geometry.dilation[axis], geometry.kernel[axis]
        position = torch.arange(dilation * (kernel - 1) + scale[axis], device=like.device)
        start = dilation * torch.arange(kernel - 1, -1, -1, device=like.device)
        distance = position[:, None] - start[None, :]
        matrices.append(((distance >= 0) & (distance < scale[axis])).to(like.dtype))
    return matrices[0], matrices[1]
