r"""The convolution as its definition says it, one kernel tap after the other: slow and plain.

With kernel :math:`W`, stride :math:`s`, dilation :math:`d` and padding :math:`p`

.. math::
    Y_{b,o,y,x} = \beta_o + \sum_{c,i,j} W_{o,c,i,j}
    X_{b,\,c,\,y s + i d - p,\,x s + j d - p}

Every output is a sum of products, so the chain rule sends its gradient :math:`G = \partial L /
\partial Y` to both factors of each product:

.. math::
    \frac{\partial L}{\partial X_{b,c,u,v}} &= \sum_{o,i,j} W_{o,c,i,j}
    \, G_{b,\,o,\,(u + p - i d) / s,\,(v + p - j d) / s} \\
    \frac{\partial L}{\partial W_{o,c,i,j}} &= \sum_{b,y,x} G_{b,o,y,x}
    \, X_{b,\,c,\,y s + i d - p,\,x s + j d - p} \\
    \frac{\partial L}{\partial \beta_o} &= \sum_{b,y,x} G_{b,o,y,x}

where in the first only whole positions count. Every fast algorithm is tested against these
functions.

Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning" (2016);
Goodfellow, Bengio & Courville, "Deep Learning" (2016), section 9.5.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from scratch_layers.functional.geometry import Geometry


def forward(
    input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, groups: int = 1
) -> Tensor:
    """Convolve.

    Args:
        input: (B, C, H, W).
        weight: (O, C / groups, kernel height, kernel width).
        bias: (O,) or None.

    Returns:
        (B, O, H_out, W_out).
    """
    padded = _padded(input, geometry)
    output = input.new_zeros((input.shape[0], weight.shape[0], *geometry.output_size))
    grouped_output = _split(output, groups)
    grouped_weight = weight.unflatten(0, (groups, weight.shape[0] // groups))
    for i, j, window in _windows(_split(padded, groups), geometry):
        grouped_output += torch.einsum("bgcyx,goc->bgoyx", window, grouped_weight[..., i, j])
    if bias is not None:
        output += bias[:, None, None]
    return output


def input_gradient(gradient: Tensor, weight: Tensor, geometry: Geometry, groups: int = 1) -> Tensor:
    """Return the gradient with respect to the input, (B, C, H, W).

    Every tap sends its share of the output's gradient back to the pixels that it read.
    """
    channels = weight.shape[1] * groups
    empty = gradient.new_zeros((gradient.shape[0], channels, *geometry.input_size))
    padded = _padded(empty, geometry)
    grouped_weight = weight.unflatten(0, (groups, weight.shape[0] // groups))
    for i, j, window in _windows(_split(padded, groups), geometry):
        window += torch.einsum(
            "bgoyx,goc->bgcyx", _split(gradient, groups), grouped_weight[..., i, j]
        )
    top, left = max(geometry.before[0], 0), max(geometry.before[1], 0)
    rows, columns = _read_part(geometry)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    empty[:, :, rows, columns] = padded[:, :, top : top + height, left : left + width]
    return empty


def weight_gradient(input: Tensor, gradient: Tensor, geometry: Geometry, groups: int = 1) -> Tensor:
    """Return the gradient with respect to the weight, (O, C / groups, kernel h, kernel w)."""
    shape = (gradient.shape[1], input.shape[1] // groups, *geometry.kernel)
    result = gradient.new_zeros(shape)
    grouped_result = result.unflatten(0, (groups, gradient.shape[1] // groups))
    for i, j, window in _windows(_split(_padded(input, geometry), groups), geometry):
        grouped_result[..., i, j] = torch.einsum(
            "bgcyx,bgoyx->goc", window, _split(gradient, groups)
        )
    return result


def _split(image: Tensor, groups: int) -> Tensor:
    parts: Tensor = image.unflatten(1, (groups, image.shape[1] // groups))
    return parts


def _read_part(geometry: Geometry) -> tuple[slice, slice]:
    """Return the rows and columns of the input that lie inside the padded image."""
    size = _padded_size(geometry)
    parts = []
    for axis in (0, 1):
        start = max(-geometry.before[axis], 0)
        stop = min(size[axis] - geometry.before[axis], geometry.input_size[axis])
        parts.append(slice(start, max(start, stop)))
    return parts[0], parts[1]


def _padded_size(geometry: Geometry) -> tuple[int, int]:
    """Return the size of exactly the area that the output reads."""
    sizes = [
        (geometry.output_size[axis] - 1) * geometry.stride[axis]
        + geometry.dilation[axis] * (geometry.kernel[axis] - 1)
        + 1
        for axis in (0, 1)
    ]
    return sizes[0], sizes[1]


def _padded(input: Tensor, geometry: Geometry) -> Tensor:
    padded = input.new_zeros((*input.shape[:2], *_padded_size(geometry)))
    rows, columns = _read_part(geometry)
    top, left = max(geometry.before[0], 0), max(geometry.before[1], 0)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    padded[:, :, top : top + height, left : left + width] = input[:, :, rows, columns]
    return padded


def _windows(padded: Tensor, geometry: Geometry) -> Iterator[tuple[int, int, Tensor]]:
    """Yield, for every tap, a view of the pixels that it reads, one for every output pixel."""
    (height, width), (down, right) = geometry.output_size, geometry.stride
    for i in range(geometry.kernel[0]):
        for j in range(geometry.kernel[1]):
            y, x = i * geometry.dilation[0], j * geometry.dilation[1]
            rows = slice(y, y + (height - 1) * down + 1, down)
            columns = slice(x, x + (width - 1) * right + 1, right)
            yield i, j, padded[..., rows, columns]
