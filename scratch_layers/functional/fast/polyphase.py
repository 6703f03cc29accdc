r"""A transposed convolution as plain stride-1 convolutions, one for every phase of the stride.

A convolution with stride :math:`s` reads input position :math:`u = y s + i d - p` at tap
:math:`i`. Seen from the input: the positions whose :math:`(u + p) \bmod s` is the same are read by
the same taps, and along such a *phase* the reading output moves by one from position to position.
So every phase of the input gradient is a stride-1 convolution of the output's gradient with the
phase's taps in reverse order, and no multiplication by a zero is ever made.

Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning" (2016), chapter 4;
Shi et al., "Is the deconvolution layer the same as a convolutional layer?" (2016).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.functional.fast.choice import choose
from scratch_layers.functional.fast.row_blocks import empty_channels_last
from scratch_layers.functional.geometry import Geometry


@dataclass(frozen=True)
class Phase:
    """One phase of a transposed convolution.

    Attributes:
        rows, columns: the result's positions that the phase fills.
        weight: (C, O, taps down, taps right), or None where no tap reads these positions.
        geometry: the stride-1 convolution that computes them.
    """

    rows: slice
    columns: slice
    weight: Tensor | None
    geometry: Geometry | None


@dataclass(frozen=True)
class _Axis:
    """One phase along one axis: the positions it fills and the taps that read them."""

    positions: slice
    count: int
    taps: slice | None
    tap_count: int
    dilation: int
    before: int


def input_gradient(
    gradient: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    geometry: Geometry,
    output: Tensor,
    wish: str = "auto",
) -> None:
    """Write the gradient with respect to the input, plus ``bias`` (C,), to ``output``.

    Phases that read the same pixels are computed together.
    """
    for phase_geometry, members in _by_geometry(weight, geometry):
        places = [output[:, :, member.rows, member.columns] for member in members]
        if phase_geometry is None:
            for place in places:
                place.zero_()
                if bias is not None:
                    place.add_(bias[:, None, None])
            continue
        taps = torch.cat([member.weight for member in members if member.weight is not None])
        shift = None if bias is None else bias.repeat(len(members))
        algorithm = choose(gradient, taps, phase_geometry, wish)
        if len(members) == 1:
            algorithm.forward(gradient, taps, shift, phase_geometry, places[0])
            continue
        together = empty_channels_last(gradient, len(taps), phase_geometry.output_size)
        algorithm.forward(gradient, taps, shift, phase_geometry, together)
        for place, part in zip(places, together.chunk(len(members), dim=1), strict=True):
            place.copy_(part)


def _by_geometry(weight: Tensor, geometry: Geometry) -> list[tuple[Geometry | None, list[Phase]]]:
    members: dict[Geometry | None, list[Phase]] = {}
    for phase in phases(weight, geometry):
        members.setdefault(phase.geometry, []).append(phase)
    return list(members.items())


def phases(weight: Tensor, geometry: Geometry) -> Iterator[Phase]:
    """Yield the phases of the transpose of a convolution.

    Args:
        weight: (O, C, kernel height, kernel width) of the convolution.
        geometry: of the convolution whose transpose is wanted.
    """
    for vertical in _axis_phases(geometry, 0):
        for horizontal in _axis_phases(geometry, 1):
            if not vertical.count or not horizontal.count:
                continue
            if vertical.taps is None or horizontal.taps is None:
                yield Phase(vertical.positions, horizontal.positions, None, None)
                continue
            taps = weight[:, :, vertical.taps, horizontal.taps]
            plain = Geometry(
                input_size=geometry.output_size,
                output_size=(vertical.count, horizontal.count),
                kernel=(vertical.tap_count, horizontal.tap_count),
                stride=(1, 1),
                dilation=(vertical.dilation, horizontal.dilation),
                before=(vertical.before, horizontal.before),
            )
            reversed_taps = taps.flip(2, 3).transpose(0, 1)
            yield Phase(vertical.positions, horizontal.positions, reversed_taps, plain)


def _axis_phases(geometry: Geometry, axis: int) -> Iterator[_Axis]:
    size, kernel = geometry.input_size[axis], geometry.kernel[axis]
    stride, dilation = geometry.stride[axis], geometry.dilation[axis]
    before = geometry.before[axis]
    step = stride // math.gcd(stride, dilation)
    for first in range(stride):
        count = len(range(first, size, stride))
        taps = [i for i in range(kernel) if (first + before - i * dilation) % stride == 0]
        positions = slice(first, None, stride)
        if not taps:
            yield _Axis(positions, count, None, 0, 1, 0)
            continue
        yield _Axis(
            positions,
            count,
            slice(taps[0], taps[-1] + 1, step),
            len(taps),
            dilation // math.gcd(stride, dilation),
            (taps[-1] * dilation - first - before) // stride,
        )
