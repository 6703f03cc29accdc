"""Patches of few channels: the outputs of neighbours from one row of the matrix."""

from __future__ import annotations

import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from scratch_layers.functional.fast import patches
from scratch_layers.functional.fast.row_blocks import empty_channels_last
from scratch_layers.functional.geometry import Geometry
from scratch_layers.functional.plain import convolution as plain
from tests.scratch_layers.torch_twins import random_tensor


@given(
    channels=st.integers(1, 5),
    outputs=st.sampled_from([1, 8, 16, 21, 32, 33]),
    size=st.tuples(st.integers(4, 9), st.integers(4, 17)),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    padding=st.tuples(*[st.integers(0, 3)] * 4),
    channels_last=st.booleans(),
    has_bias=st.booleans(),
)
def test_they_equal_the_definition(
    channels: int,
    outputs: int,
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: tuple[int, int, int, int],
    channels_last: bool,
    has_bias: bool,
) -> None:
    top, bottom, left, right = padding
    assume(size[0] + top + bottom > dilation[0] * (kernel[0] - 1))
    assume(size[1] + left + right > dilation[1] * (kernel[1] - 1))
    geometry = Geometry.of(size, kernel, stride, dilation, padding)
    image, weight = random_tensor(2, channels, *size), random_tensor(outputs, channels, *kernel)
    bias = random_tensor(outputs, seed=1) if has_bias else None
    upstream = random_tensor(2, outputs, *geometry.output_size, seed=2)
    output = empty_channels_last(image, outputs, geometry.output_size)
    if channels_last:
        upstream = upstream.contiguous(memory_format=torch.channels_last)
    else:
        output = torch.empty_like(upstream)
    patches.forward(image, weight, bias, geometry, output)
    torch.testing.assert_close(output, plain.forward(image, weight, bias, geometry))
    found = patches.weight_gradient(image, upstream, geometry)
    torch.testing.assert_close(found, plain.weight_gradient(image, upstream, geometry))
