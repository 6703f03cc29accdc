"""Tiles in blocks of any size, divided among any number of cores: always the same convolution."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scratch_layers.functional import convolution
from scratch_layers.functional.fast import tuning
from scratch_layers.functional.geometry import Geometry
from tests.scratch_layers.torch_twins import random_tensor

CORES = st.integers(1, 6)


@contextmanager
def cores(count: int) -> Iterator[None]:
    usual = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(usual)


@pytest.mark.parametrize(
    ("algorithm", "kernel"),
    [("winograd-rows", (3, 3)), ("winograd-rows", (5, 4)), ("winograd", (3, 3))],
)
@given(
    count=CORES,
    batch=st.integers(1, 3),
    size=st.tuples(st.integers(3, 26), st.integers(2, 9)),
    channels=st.sampled_from([(2, 3), (17, 18)]),
    size_of_blocks=st.sampled_from([1, 20_000, 10_000_000]),
    is_tall=st.booleans(),
)
def test_however_it_is_divided_it_is_the_same_convolution(
    algorithm: str,
    kernel: tuple[int, int],
    count: int,
    batch: int,
    size: tuple[int, int],
    channels: tuple[int, int],
    size_of_blocks: int,
    is_tall: bool,
) -> None:
    inputs, outputs = channels
    geometry = Geometry.of(size, kernel, (1, 1), (1, 1), (1, 1, 1, 1))
    image = random_tensor(batch, inputs, *size, seed=1)
    weight = random_tensor(outputs, inputs, *kernel, seed=2)
    bias = random_tensor(outputs, seed=3)
    upstream = random_tensor(batch, outputs, *geometry.output_size, seed=4)
    results = []
    for way, threads in ((algorithm, count), ("reference", 1)):
        with cores(threads), pytest.MonkeyPatch.context() as patch:
            patch.setattr(tuning, "TILES_BYTES", size_of_blocks)
            for limit in ("TALL", "TALL_ROWS_OF_MANY"):
                patch.setattr(tuning, limit, 1 if is_tall else 10_000)
            results.append(
                (
                    convolution.forward(image, weight, bias, geometry, 1, way),
                    convolution.input_gradient(upstream, weight, geometry, 1, way),
                    convolution.weight_gradient(image, upstream, geometry, 1, way),
                    *convolution.gradients(image, upstream, weight, geometry, 1, way),
                )
            )
    for found, expected in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
