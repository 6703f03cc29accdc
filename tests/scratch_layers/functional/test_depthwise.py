"""Every channel convolved on its own, without products of matrices."""

from __future__ import annotations

from unittest.mock import patch

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from scratch_layers.functional.fast import choice, depthwise, tuning
from scratch_layers.functional.geometry import Geometry
from scratch_layers.functional.plain import convolution as plain

pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@given(
    channels=st.integers(1, 5),
    size=st.tuples(st.integers(3, 9), st.integers(3, 9)),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=pairs,
    dilation=pairs,
    padding=st.tuples(*[st.integers(0, 3)] * 4),
    elements=st.sampled_from([1, 200, 10_000]),
    seed=st.integers(0, 2**20),
)
def test_it_equals_the_definition(
    channels: int,
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: tuple[int, int, int, int],
    elements: int,
    seed: int,
) -> None:
    top, bottom, left, right = padding
    assume(size[0] + top + bottom > dilation[0] * (kernel[0] - 1))
    assume(size[1] + left + right > dilation[1] * (kernel[1] - 1))
    geometry = Geometry.of(size, kernel, stride, dilation, padding)
    random = torch.Generator().manual_seed(seed)
    image, weight, bias, gradient = (
        torch.randn(shape, generator=random, dtype=torch.float64)
        for shape in (
            (2, channels, *size),
            (channels, 1, *kernel),
            (channels,),
            (2, channels, *geometry.output_size),
        )
    )
    output, by_input = torch.full_like(gradient, torch.nan), torch.full_like(image, torch.nan)
    with patch.object(tuning, "DEPTHWISE_ELEMENTS", elements):
        depthwise.forward(image, weight, bias, geometry, output)
        depthwise.input_gradient(gradient, weight, None, geometry, by_input)
        by_weight = depthwise.weight_gradient(image, gradient, geometry)
    exact = plain.forward(image, weight, bias, geometry, channels)
    torch.testing.assert_close(output, exact)
    exact = plain.input_gradient(gradient, weight, geometry, channels)
    torch.testing.assert_close(by_input, exact)
    exact = plain.weight_gradient(image, gradient, geometry, channels)
    torch.testing.assert_close(by_weight, exact)


@pytest.mark.parametrize(
    ("weight", "groups", "wish", "is_depthwise"),
    [
        (torch.zeros(6, 1, 3, 3), 6, "auto", True),
        (torch.zeros(6, 1, 3, 3), 6, "patches", False),
        (torch.zeros(12, 1, 3, 3), 6, "auto", False),
        (torch.zeros(6, 2, 3, 3), 3, "auto", False),
        (torch.zeros(1, 1, 3, 3), 1, "auto", False),
        (torch.zeros(6, 1, 3, 3, dtype=torch.bfloat16), 6, "auto", False),
    ],
)
def test_channels_that_do_not_mix_are_computed_at_once(
    weight: torch.Tensor, groups: int, wish: str, is_depthwise: bool
) -> None:
    geometry = Geometry.of((9, 9), (3, 3), (1, 1), (1, 1), (0, 0, 0, 0))
    image = weight.new_zeros(1, weight.shape[1] * groups, 9, 9)
    for found in (
        choice.choose(image, weight, geometry, wish, groups),
        choice.choose_transposed(weight, geometry, wish, groups),
    ):
        assert (found is depthwise.DEPTHWISE) is is_depthwise
