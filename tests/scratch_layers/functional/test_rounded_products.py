"""Convolutions of float32 images whose products are computed in bfloat16."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from scratch_layers import Conv2d, Upsampling
from scratch_layers.functional import convolution
from scratch_layers.functional.fast.rounding import rounded, rounded_products
from scratch_layers.functional.geometry import Geometry
from scratch_layers.functional.plain import convolution as plain

STEP = 2.0**-8
"""Distance of neighbouring numbers of bfloat16, as a part of them."""


def assert_close(found: Tensor, exact: Tensor) -> None:
    assert found.dtype == torch.float32
    assert found.shape == exact.shape
    assert (found - exact).abs().max() <= STEP * exact.abs().max() + 1e-6


@given(
    channels=st.tuples(st.integers(8, 20), st.integers(8, 20)),
    size=st.tuples(st.integers(5, 12), st.integers(5, 12)),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    dilation=st.integers(1, 2),
    padding=st.tuples(*[st.integers(0, 2)] * 4),
    batch=st.integers(1, 3),
    seed=st.integers(0, 2**20),
)
def test_it_is_the_convolution_of_rounded_factors(
    channels: tuple[int, int],
    size: tuple[int, int],
    kernel: tuple[int, int],
    dilation: int,
    padding: tuple[int, int, int, int],
    batch: int,
    seed: int,
) -> None:
    if any(size[axis] < dilation * (kernel[axis] - 1) + 1 for axis in (0, 1)):
        return
    random = torch.Generator().manual_seed(seed)
    geometry = Geometry.of(size, kernel, (1, 1), (dilation, dilation), padding)
    image = torch.randn((batch, channels[0], *size), generator=random)
    weight = torch.randn((channels[1], channels[0], *kernel), generator=random)
    bias = torch.randn(channels[1], generator=random)
    gradient = torch.randn((batch, channels[1], *geometry.output_size), generator=random)
    with rounded_products():
        output = convolution.forward(image, weight, bias, geometry)
        by_input, by_weight = convolution.gradients(image, gradient, weight, geometry)
    image, weight, bias, gradient = (
        rounded(values).double() for values in (image, weight, bias, gradient)
    )
    assert_close(output, plain.forward(image, weight, bias, geometry))
    assert_close(by_input, plain.input_gradient(gradient, weight, geometry))
    assert_close(by_weight, plain.weight_gradient(image, gradient, geometry))


@pytest.mark.parametrize(
    "layer",
    [Conv2d(12, 16, 2, stride=2), Upsampling(16, 8, 3, stride=2, padding=1, output_padding=1)],
)
def test_layers_that_change_the_size_stay_close(layer: Conv2d | Upsampling) -> None:
    image = torch.randn(2, layer.in_channels, 12, 10)
    output = layer.forward(image)
    gradient = torch.randn_like(output)
    exact = output, layer.backward(gradient), layer.weight.gradient.clone()
    layer.zero_grad()
    with rounded_products():
        output = layer.forward(image)
        found = output, layer.backward(gradient), layer.weight.gradient
    assert not torch.equal(found[0], exact[0])
    for ours, theirs in zip(found, exact, strict=True):
        # Both factors of the exact result are not rounded.
        assert (ours - theirs).abs().max() <= 3 * STEP * theirs.abs().max()
        assert ours.dtype == torch.float32


@pytest.mark.parametrize(
    "layer",
    [Conv2d(3, 16, 3), Conv2d(16, 3, 3), Conv2d(16, 16, 3, groups=2)],
)
def test_few_channels_are_computed_as_ever(layer: Conv2d) -> None:
    image = torch.randn(1, layer.in_channels, 9, 9)
    exact = layer.forward(image)
    with rounded_products():
        assert torch.equal(layer.forward(image), exact)


def test_only_inside_of_the_context_and_only_float32_is_rounded() -> None:
    layer = Conv2d(16, 16, 3, dtype=torch.float64)
    image = torch.randn(1, 16, 9, 9, dtype=torch.float64)
    exact = layer.forward(image)
    with rounded_products():
        assert torch.equal(layer.forward(image), exact)
        with rounded_products(False):
            single = layer.to(dtype=torch.float32).forward(image.float())
    assert torch.equal(layer.forward(image.float()), single)
