"""Doubling and convolving in one against the definition in two steps, for the three products."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from scratch_layers.functional import upsampling
from scratch_layers.functional.fast import tuning, winograd
from scratch_layers.functional.geometry import Geometry, Sides
from scratch_layers.functional.plain import upsampling as plain
from tests.scratch_layers.torch_twins import random_tensor

SCALE = (2, 2)
PADDING = st.tuples(*[st.integers(0, 5)] * 4)
SIZES = st.integers(1, 9)
PRODUCTS = ("forward", "input gradient", "weight gradient")

FLOAT32_TOLERANCE = 1e-5
"""Of the output's range, as the docstring says."""


def geometry_of(size: tuple[int, int], padding: Sides) -> Geometry:
    large = (2 * size[0], 2 * size[1])
    return Geometry.of(large, (3, 3), (1, 1), (1, 1), padding)


def doubled(
    image: Tensor, weight: Tensor, bias: Tensor, upstream: Tensor, geometry: Geometry
) -> tuple[Tensor, ...]:
    return (
        winograd.double(image, weight, bias, geometry),
        winograd.double_input_gradient(upstream, weight, geometry),
        winograd.double_weight_gradient(image, upstream, geometry),
    )


def by_definition(
    image: Tensor, weight: Tensor, bias: Tensor, upstream: Tensor, geometry: Geometry
) -> tuple[Tensor, ...]:
    return (
        plain.forward(image, weight, bias, SCALE, geometry),
        plain.input_gradient(upstream, weight, SCALE, geometry),
        plain.weight_gradient(image, upstream, SCALE, geometry),
    )


@given(
    batch=st.integers(1, 3),
    channels=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    size=st.tuples(SIZES, SIZES),
    padding=PADDING,
    size_of_blocks=st.sampled_from([1, 2_000, 10_000_000]),
)
def test_every_geometry(
    batch: int,
    channels: tuple[int, int],
    size: tuple[int, int],
    padding: Sides,
    size_of_blocks: int,
) -> None:
    padding = tuple(max(side, 1) if min(size) == 1 else side for side in padding)
    geometry = geometry_of(size, padding)
    assert winograd.doubling_applies_to(SCALE, geometry)
    inputs, outputs = channels
    arguments = (
        random_tensor(batch, inputs, *size),
        random_tensor(outputs, inputs, 3, 3, seed=1),
        random_tensor(outputs, seed=2),
        random_tensor(batch, outputs, *geometry.output_size, seed=3),
        geometry,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "TILES_BYTES", size_of_blocks)
        found = doubled(*arguments)
    for name, ours, exact in zip(PRODUCTS, found, by_definition(*arguments), strict=True):
        torch.testing.assert_close(ours, exact, msg=lambda text, name=name: f"{name}: {text}")


@pytest.mark.parametrize("shape", [(24, 16, 2, 40), (8, 8, 1, 150), (128, 64, 16, 8)])
def test_precision(shape: tuple[int, int, int, int]) -> None:
    inputs, outputs, batch, size = shape
    geometry = geometry_of((size, size), (1, 1, 1, 1))
    arguments = (
        random_tensor(batch, inputs, size, size, dtype=torch.float32),
        random_tensor(outputs, inputs, 3, 3, seed=1, dtype=torch.float32),
        random_tensor(outputs, seed=2, dtype=torch.float32),
        random_tensor(batch, outputs, 2 * size, 2 * size, seed=3, dtype=torch.float32),
    )
    found = doubled(*arguments, geometry)
    exact = by_definition(*(part.double() for part in arguments), geometry)
    for name, ours, wanted in zip(PRODUCTS, found, exact, strict=True):
        error = float((ours.double() - wanted).abs().max() / wanted.abs().max())
        assert error < FLOAT32_TOLERANCE, name


@pytest.mark.parametrize(
    ("scale", "geometry"),
    [
        ((3, 2), Geometry.of((6, 6), (3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
        (SCALE, Geometry.of((6, 6), (3, 5), (1, 1), (1, 1), (1, 1, 1, 1))),
        (SCALE, Geometry.of((6, 6), (3, 3), (2, 1), (1, 1), (1, 1, 1, 1))),
        (SCALE, Geometry.of((6, 6), (3, 3), (1, 1), (1, 2), (1, 1, 1, 1))),
        (SCALE, Geometry.of((6, 6), (3, 3), (1, 1), (1, 1), (-1, 1, 1, 1))),
        (SCALE, Geometry.of((6, 6), (3, 3), (1, 1), (1, 1), (1, 1, 1, -1))),
    ],
)
def test_other_shapes_go_other_ways(scale: tuple[int, int], geometry: Geometry) -> None:
    assert not winograd.doubling_applies_to(scale, geometry)


def test_a_wish_is_granted() -> None:
    geometry = geometry_of((9, 9), (1, 1, 1, 1))
    image = torch.zeros(1, 32, 9, 9)
    assert upsampling.is_doubled(image, 32, SCALE, geometry)
    assert not upsampling.is_doubled(image, 32, SCALE, geometry, "patches")
    assert not upsampling.is_doubled(image.to("meta"), 32, SCALE, geometry)
