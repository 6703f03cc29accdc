"""The rule that chooses a convolution's algorithm, and its promises."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scratch_layers.errors import ArgumentError
from scratch_layers.functional.convolution import ALGORITHMS, checked_algorithm
from scratch_layers.functional.fast.choice import choose, choose_gradients, choose_phases
from scratch_layers.functional.geometry import Geometry

Pair = tuple[int, int]
PAIRS = st.tuples(st.integers(1, 5), st.integers(1, 5))


def choice(
    channels: int,
    wish: str = "auto",
    kernel: Pair = (3, 3),
    stride: Pair = (1, 1),
    dilation: Pair = (1, 1),
    dtype: torch.dtype = torch.float32,
    size: int = 40,
) -> str:
    geometry = Geometry.of((size, size), kernel, stride, dilation, (1, 1, 1, 1))
    image = torch.zeros(1, channels, size, size, dtype=dtype)
    weight = torch.zeros(channels, channels, *kernel, dtype=dtype)
    return choose(image, weight, geometry, wish).name


@given(
    channels=st.sampled_from([1, 3, 64]),
    wish=st.sampled_from(ALGORITHMS),
    kernel=PAIRS,
    stride=PAIRS,
    dilation=PAIRS,
    dtype=st.sampled_from([torch.float16, torch.bfloat16, torch.float32, torch.float64]),
)
def test_winograd_is_for_its_shapes_in_full_precision(
    channels: int, wish: str, kernel: Pair, stride: Pair, dilation: Pair, dtype: torch.dtype
) -> None:
    chosen = choice(channels, wish, kernel, stride, dilation, dtype)
    assert chosen in ALGORITHMS
    assert chosen != "auto"
    if chosen.startswith("winograd"):
        assert (stride, dilation) == ((1, 1), (1, 1))
        assert kernel[0] in (3, 5)
        rough = dtype == torch.bfloat16 and channels == 64 and kernel[0] == 3
        assert rough or dtype in (torch.float32, torch.float64)
    if chosen == "winograd":
        assert kernel == (3, 3)
        assert dtype in (torch.float32, torch.float64)


@pytest.mark.parametrize("wish", [name for name in ALGORITHMS if name != "auto"])
@pytest.mark.parametrize("channels", [1, 64])
def test_a_wish_is_granted(wish: str, channels: int) -> None:
    assert choice(channels, wish) == wish


def test_the_channels_decide() -> None:
    assert choice(128, size=64) == "winograd"
    assert choice(128, size=40) == choice(64, size=64) == "winograd-rows"
    assert choice(3) == choice(6) == "planes"
    assert choice(8, kernel=(5, 5)) == choice(64, kernel=(5, 5)) == "winograd-rows"
    assert choice(7) == choice(64, kernel=(4, 4)) == choice(64, dilation=(2, 2)) == "patches"


def test_a_dilated_convolution_is_computed_as_plain_ones_where_those_are_fast() -> None:
    def phases(channels: int, dilation: int, size: int = 40, kernel: int = 3) -> bool:
        padding = (dilation,) * 4
        geometry = Geometry.of((size, size), (kernel,) * 2, (1, 1), (dilation,) * 2, padding)
        image, weight = torch.zeros(1, channels, size, size), torch.zeros(channels, channels, 3, 3)
        return choose_phases(image, weight, geometry) is not None

    assert phases(8, 2)
    assert phases(64, 5)
    assert phases(64, 2, kernel=5)
    assert not phases(64, 1)
    assert not phases(7, 2)
    assert not phases(64, 2, size=31)
    assert not phases(64, 6)
    assert not phases(64, 2, kernel=4)


@pytest.mark.parametrize("channels", [3, 64, 256])
def test_windows_that_overlap_little_or_are_few_are_patches(channels: int) -> None:
    assert choice(channels, size=16) == choice(channels, kernel=(1, 1)) == "patches"
    assert choice(channels, stride=(2, 2)) == choice(channels, stride=(1, 2)) == "patches"


def test_names_are_checked() -> None:
    for name in ALGORITHMS:
        assert checked_algorithm(name) == name
    with pytest.raises(
        ArgumentError,
        match="auto, reference, patches, planes, winograd-rows, winograd, not 'fft'",
    ):
        checked_algorithm("fft")


@pytest.mark.parametrize(
    ("channels", "size", "dtype", "chosen"),
    [
        (128, 64, torch.float32, "winograd"),
        (64, 32, torch.float32, "winograd"),
        (32, 64, torch.float32, "winograd-rows"),
        (64, 32, torch.bfloat16, "patches"),
    ],
)
def test_both_gradients_share_the_transforms_of_what_suits_them(
    channels: int, size: int, dtype: torch.dtype, chosen: str
) -> None:
    geometry = Geometry.of((size, size), (3, 3), (1, 1), (1, 1), (1, 1, 1, 1))
    image = torch.zeros(1, channels, size, size, dtype=dtype)
    weight = torch.zeros(channels, channels, 3, 3, dtype=dtype)
    way = choose_gradients(image, image, weight, geometry)
    assert way is not None
    assert way.name == chosen
    wished = choose_gradients(image, image, weight, geometry, "winograd-rows")
    assert wished is not None
    assert wished.name == "winograd-rows"
