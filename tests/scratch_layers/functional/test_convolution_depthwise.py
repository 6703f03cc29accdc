"""Every channel convolved on its own, without products of matrices."""

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from scratch_layers import Conv2d
from scratch_layers.functional import convolution_depthwise, convolution_reference
from scratch_layers.functional.geometry import Geometry

pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@pytest.fixture(autouse=True)
def short_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convolution_depthwise, "BAND_ELEMENTS", 1)


@given(
    channels=st.integers(1, 5),
    size=st.tuples(st.integers(3, 9), st.integers(3, 9)),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=pairs,
    dilation=pairs,
    padding=st.tuples(*[st.integers(0, 3)] * 4),
    seed=st.integers(0, 2**20),
)
def test_it_equals_the_definition(
    channels: int,
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: tuple[int, int, int, int],
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
    convolution_depthwise.forward(image, weight, bias, geometry, output)
    convolution_depthwise.input_gradient(gradient, weight, None, geometry, by_input)
    by_weight = convolution_depthwise.weight_gradient(image, gradient, geometry)
    exact = convolution_reference.forward(image, weight, bias, geometry, channels)
    torch.testing.assert_close(output, exact)
    exact = convolution_reference.input_gradient(gradient, weight, geometry, channels)
    torch.testing.assert_close(by_input, exact)
    exact = convolution_reference.weight_gradient(image, gradient, geometry, channels)
    torch.testing.assert_close(by_weight, exact)


def test_the_layer_goes_that_way(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = []
    for name in ("forward", "input_gradient", "weight_gradient"):
        compute = getattr(convolution_depthwise, name)
        monkeypatch.setattr(
            convolution_depthwise,
            name,
            lambda *given, name=name, compute=compute: (ways.append(name), compute(*given))[1],
        )
    layer = Conv2d(6, 6, 3, groups=6)
    layer.backward(layer.forward(torch.randn(1, 6, 9, 9)))
    assert set(ways) == {"forward", "input_gradient", "weight_gradient"}
