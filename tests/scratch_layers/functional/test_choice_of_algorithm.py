"""The rule that chooses a convolution's algorithm, and its promises."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scratch_layers.errors import ArgumentError
from scratch_layers.functional.convolution import (
    ALGORITHMS,
    checked_algorithm,
    choose_algorithm,
)
from scratch_layers.functional.geometry import Geometry

Pair = tuple[int, int]
PAIRS = st.tuples(st.integers(1, 4), st.integers(1, 4))


def choice(
    channels: int,
    wish: str = "auto",
    kernel: Pair = (3, 3),
    stride: Pair = (1, 1),
    dilation: Pair = (1, 1),
    dtype: torch.dtype = torch.float32,
) -> str:
    geometry = Geometry.of((40, 40), kernel, stride, dilation, (1, 1, 1, 1))
    image = torch.zeros(1, channels, 40, 40, dtype=dtype)
    weight = torch.zeros(channels, channels, *kernel, dtype=dtype)
    return choose_algorithm(image, weight, geometry, wish)


@given(
    channels=st.sampled_from([1, 3, 64]),
    wish=st.sampled_from(ALGORITHMS),
    kernel=PAIRS,
    stride=PAIRS,
    dilation=PAIRS,
    dtype=st.sampled_from([torch.float16, torch.bfloat16, torch.float32, torch.float64]),
)
def test_winograd_is_for_its_one_shape_in_full_precision(
    channels: int, wish: str, kernel: Pair, stride: Pair, dilation: Pair, dtype: torch.dtype
) -> None:
    chosen = choice(channels, wish, kernel, stride, dilation, dtype)
    assert chosen in ALGORITHMS
    assert chosen != "auto"
    if chosen == "winograd":
        assert (kernel, stride, dilation) == ((3, 3), (1, 1), (1, 1))
        assert dtype in (torch.float32, torch.float64)


@pytest.mark.parametrize("wish", ["reference", "matrix", "winograd"])
@pytest.mark.parametrize("channels", [1, 64])
def test_a_wish_is_granted(wish: str, channels: int) -> None:
    assert choice(channels, wish) == wish


def test_many_channels_are_left_to_winograd_and_few_are_not() -> None:
    assert choice(128) == "winograd"
    assert choice(3) == "matrix"


def test_names_are_checked() -> None:
    for name in ALGORITHMS:
        assert checked_algorithm(name) == name
    with pytest.raises(ArgumentError, match="auto, reference, matrix, winograd, not 'fft'"):
        checked_algorithm("fft")
