"""Sizes and padding of a convolution, and the phases of its transpose."""

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from scratch_layers.errors import ShapeError
from scratch_layers.functional import convolution
from scratch_layers.functional.fast.polyphase import phases
from scratch_layers.functional.geometry import Geometry, same_padding, span
from tests.scratch_layers.torch_twins import random_tensor

Pair = tuple[int, int]


def pairs(lowest: int, highest: int) -> st.SearchStrategy[Pair]:
    return st.tuples(st.integers(lowest, highest), st.integers(lowest, highest))


GEOMETRIES = {
    "size": pairs(1, 12),
    "kernel": pairs(1, 5),
    "stride": pairs(1, 5),
    "dilation": pairs(1, 4),
    "padding": pairs(0, 5),
}


def geometry_of(size: Pair, kernel: Pair, stride: Pair, dilation: Pair, padding: Pair) -> Geometry:
    reach = span(kernel, dilation)
    assume(all(size[axis] + 2 * padding[axis] >= reach[axis] for axis in (0, 1)))
    sides = (padding[0], padding[0], padding[1], padding[1])
    return Geometry.of(size, kernel, stride, dilation, sides)


@given(**GEOMETRIES)
def test_output_size_is_that_of_torch(
    size: Pair, kernel: Pair, stride: Pair, dilation: Pair, padding: Pair
) -> None:
    geometry = geometry_of(size, kernel, stride, dilation, padding)
    twin = torch.nn.Conv2d(1, 1, kernel, stride, padding, dilation, device="meta")
    image = torch.empty(1, 1, *size, device="meta")
    assert geometry.output_size == tuple(twin(image).shape[2:])


def test_a_kernel_larger_than_the_image_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"\(6 x 9\)\. Kernel size: \(7 x 3\)"):
        Geometry.of((4, 7), (4, 3), (1, 1), (2, 1), (1, 1, 1, 1))
    with pytest.raises(ShapeError, match=r"\(9 x 2\)\. Kernel size: \(3 x 3\)"):
        Geometry.of((9, 5), (3, 3), (1, 1), (1, 1), (0, 0, -1, -2))


@given(kernel=pairs(1, 6), dilation=pairs(1, 4), size=pairs(1, 9))
def test_same_padding_keeps_the_size(kernel: Pair, dilation: Pair, size: Pair) -> None:
    sides = same_padding(kernel, dilation)
    assert Geometry.of(size, kernel, (1, 1), dilation, sides).output_size == size
    top, bottom, left, right = sides
    assert bottom - top in (0, 1)
    assert right - left in (0, 1)


@given(**GEOMETRIES)
def test_phases_fill_every_position_once(
    size: Pair, kernel: Pair, stride: Pair, dilation: Pair, padding: Pair
) -> None:
    geometry = geometry_of(size, kernel, stride, dilation, padding)
    count = torch.zeros(size)
    taps = 0
    for phase in phases(torch.zeros(1, 1, *kernel), geometry):
        count[phase.rows, phase.columns] += 1
        if phase.weight is not None:
            taps += phase.weight.numel()
    assert (count == 1).all()
    assert taps <= kernel[0] * kernel[1]


@pytest.mark.parametrize("algorithm", convolution.ALGORITHMS)
@given(**GEOMETRIES, batch=st.integers(0, 2))
def test_input_gradient_with_a_bias_is_a_transposed_convolution(
    algorithm: str,
    size: Pair,
    kernel: Pair,
    stride: Pair,
    dilation: Pair,
    padding: Pair,
    batch: int,
) -> None:
    geometry = geometry_of(size, kernel, stride, dilation, padding)
    gradient = random_tensor(batch, 3, *geometry.output_size)
    weight, bias = random_tensor(3, 2, *kernel, seed=1), random_tensor(2, seed=2)
    found = convolution.input_gradient(gradient, weight, geometry, 1, algorithm, bias)
    reach = span(kernel, dilation)
    left_over = [(size[axis] + 2 * padding[axis] - reach[axis]) % stride[axis] for axis in (0, 1)]
    expected = torch.nn.functional.conv_transpose2d(
        gradient, weight, bias, stride, padding, left_over, 1, dilation
    )
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-11)
