"""Pooling against torch.nn over random geometries, and at the edges."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn

from scratch_layers import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from tests.scratch_layers.layers.test_wrong_arguments import assert_refused_alike
from tests.scratch_layers.torch_twins import assert_twins, our_pass, random_tensor, torch_pass

SIZES = st.integers(1, 9)
PAIRS = st.tuples(st.integers(1, 4), st.integers(1, 4))
BATCHES = st.sampled_from([None, 1, 2])


def image_shape(batch: int | None, height: int, width: int) -> tuple[int, ...]:
    return (2, height, width) if batch is None else (batch, 2, height, width)


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    kernel = draw(PAIRS)
    padding = tuple(draw(st.integers(0, side // 2)) for side in kernel)
    return {
        "kernel_size": kernel,
        "stride": draw(st.one_of(st.none(), PAIRS)),
        "padding": padding,
        "ceil_mode": draw(st.booleans()),
    }


@given(arguments=windows(), dilation=PAIRS, height=SIZES, width=SIZES, batch=BATCHES)
def test_max_pooling_equals_torch(
    arguments: dict[str, Any], dilation: tuple[int, int], height: int, width: int, batch: int | None
) -> None:
    for side, kernel, pad, d in zip(
        (height, width), arguments["kernel_size"], arguments["padding"], dilation, strict=True
    ):
        assume(side + 2 * pad >= d * (kernel - 1) + 1)
    arguments = {**arguments, "dilation": dilation}
    image = random_tensor(*image_shape(batch, height, width))
    assert_twins(MaxPool2d(**arguments), nn.MaxPool2d(**arguments), image, tolerance=1e-14)


@given(
    arguments=windows(),
    height=SIZES,
    width=SIZES,
    batch=BATCHES,
    count_include_pad=st.booleans(),
    divisor_override=st.sampled_from([None, 1, 5]),
)
def test_average_pooling_equals_torch(
    arguments: dict[str, Any],
    height: int,
    width: int,
    batch: int | None,
    count_include_pad: bool,
    divisor_override: int | None,
) -> None:
    for side, kernel, pad in zip(
        (height, width), arguments["kernel_size"], arguments["padding"], strict=True
    ):
        assume(side + 2 * pad >= kernel)
    arguments["count_include_pad"] = count_include_pad
    arguments["divisor_override"] = divisor_override
    image = random_tensor(*image_shape(batch, height, width))
    assert_twins(AvgPool2d(**arguments), nn.AvgPool2d(**arguments), image, tolerance=1e-13)


@given(size=st.tuples(SIZES, SIZES), output=st.tuples(SIZES, SIZES), batch=BATCHES)
def test_adaptive_pooling_equals_torch(
    size: tuple[int, int], output: tuple[int, int], batch: int | None
) -> None:
    image = random_tensor(*image_shape(batch, *size))
    assert_twins(AdaptiveAvgPool2d(output), nn.AdaptiveAvgPool2d(output), image, tolerance=1e-13)


@pytest.mark.parametrize("output", [1, (None, None), (None, 2)])
def test_sizes_of_adaptive_pooling_may_be_left_open(output: Any) -> None:
    assert_twins(
        AdaptiveAvgPool2d(output), nn.AdaptiveAvgPool2d(output), random_tensor(2, 3, 5, 6), 1e-13
    )


def test_the_first_of_equal_numbers_gets_the_gradient_and_nan_stays_visible() -> None:
    image = torch.tensor([[1.0, 3.0, 3.0, float("nan")], [3.0, 2.0, 1.0, 5.0]]).double()[None]
    upstream = random_tensor(1, 1, 2)
    found = our_pass(MaxPool2d(2), image, upstream)
    expected = torch_pass(nn.MaxPool2d(2), image, upstream)
    torch.testing.assert_close(found.output, expected.output, equal_nan=True)
    torch.testing.assert_close(found.input_gradient, expected.input_gradient)


@pytest.mark.parametrize(
    ("ours", "theirs", "arguments", "words"),
    [
        (MaxPool2d, nn.MaxPool2d, (0,), "kernel_size .* not 0"),
        (MaxPool2d, nn.MaxPool2d, (2, 0), "stride .* not 0"),
        (MaxPool2d, nn.MaxPool2d, (2, 2, 2), "half .* 2 is more than half of 2"),
        (MaxPool2d, nn.MaxPool2d, (9,), "too small"),
        (MaxPool2d, nn.MaxPool2d, (2.0,), "kernel_size .* not 2.0"),
        (AvgPool2d, nn.AvgPool2d, (2, 1, -1), "padding .* not -1"),
        (AvgPool2d, nn.AvgPool2d, (2, 2, 0, False, True, 0), "divisor_override must not be 0"),
        (AdaptiveAvgPool2d, nn.AdaptiveAvgPool2d, (-1,), "output_size .* not -1"),
    ],
)
def test_what_pooling_refuses(ours: Any, theirs: Any, arguments: Any, words: str) -> None:
    image = torch.zeros(1, 2, 8, 8)
    assert_refused_alike(lambda: ours(*arguments)(image), lambda: theirs(*arguments)(image), words)


@pytest.mark.parametrize("layer", [MaxPool2d(2), AvgPool2d(2), AdaptiveAvgPool2d(1)])
@pytest.mark.parametrize("shape", [(8, 8), (1, 2, 0, 8)])
def test_images_without_pixels_are_refused(layer: Any, shape: tuple[int, ...]) -> None:
    with pytest.raises(RuntimeError, match=str(list(shape)).replace("[", r"\[")):
        layer(torch.zeros(shape))
