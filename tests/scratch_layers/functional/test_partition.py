"""Blocks divided among the cores: whole, even, each part in one piece, and the same convolution."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scratch_layers.functional import convolution
from scratch_layers.functional.fast.partition import Partition
from scratch_layers.functional.fast.row_blocks import RowBlock
from scratch_layers.functional.geometry import Geometry
from tests.scratch_layers.torch_twins import random_tensor

CORES = st.integers(1, 6)
TILE_HEIGHT = 4
LIKE = torch.zeros(1)


@contextmanager
def cores(count: int) -> Iterator[None]:
    usual = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(usual)


def parts_of(images: int, rows: int, count: int) -> Partition:
    with cores(count):
        return Partition.of(RowBlock(slice(0, images), slice(0, rows)), TILE_HEIGHT, LIKE)


@given(images=st.integers(1, 7), rows=st.integers(1, 40), count=CORES)
def test_parts_are_equal_and_leave_nothing_out(images: int, rows: int, count: int) -> None:
    partition = parts_of(images, rows, count)
    tile_rows = -(-rows // TILE_HEIGHT)
    assert partition.tile_rows == tile_rows
    assert partition.count * partition.lines == images * tile_rows
    assert count % partition.count == 0


@pytest.mark.parametrize(
    ("images", "rows", "down", "along"),
    [(1, 32, 1, 4), (4, 32, 4, 1), (2, 32, 2, 2), (3, 8, 1, 2), (3, 4, 1, 1)],
)
def test_images_are_divided_before_their_rows(
    images: int, rows: int, down: int, along: int
) -> None:
    partition = parts_of(images, rows, 4)
    assert (partition.image_parts, partition.row_parts) == (down, along)


def test_an_accelerator_gets_the_band_whole() -> None:
    block = RowBlock(slice(0, 4), slice(0, 32))
    assert Partition.of(block, TILE_HEIGHT, torch.zeros(1, device="meta")).count == 1


@given(images=st.integers(1, 4), tile_rows=st.integers(1, 6), count=CORES)
def test_what_is_divided_holds_every_number_in_its_place(
    images: int, tile_rows: int, count: int
) -> None:
    partition = parts_of(images, tile_rows * TILE_HEIGHT, count)
    lines = torch.arange(2 * 3 * images * tile_rows * 5).view(2, 3, images, tile_rows, 5, 1)
    divided = partition.divide(lines)
    assert divided.shape == (
        2,
        partition.image_parts,
        partition.row_parts,
        3,
        partition.images,
        partition.rows,
        5,
        1,
    )
    put_together = divided.permute(0, 3, 1, 4, 2, 5, 6, 7).reshape(lines.shape)
    assert torch.equal(put_together, lines)


def test_memory_of_a_part_is_one_piece() -> None:
    partition = parts_of(2, 32, 4)
    lines = partition.divide(torch.zeros(6, 2, 8, 5, 3))
    memory = partition.take("test partition", 4, lines)
    assert memory.shape == (4, *lines.shape[1:])
    assert memory[:, 1, 0].is_contiguous()
    assert torch.equal(partition.numbers(torch.arange(24)[:, None])[1, 1, 1], torch.tensor([19]))


@pytest.mark.parametrize("algorithm", ["winograd-rows", "winograd"])
@given(
    count=CORES,
    batch=st.integers(1, 3),
    size=st.tuples(st.integers(1, 26), st.integers(1, 9)),
    channels=st.sampled_from([(2, 3), (17, 18)]),
)
def test_however_many_cores_compute_it_is_the_same_convolution(
    algorithm: str, count: int, batch: int, size: tuple[int, int], channels: tuple[int, int]
) -> None:
    inputs, outputs = channels
    geometry = Geometry.of(size, (3, 3), (1, 1), (1, 1), (1, 1, 1, 1))
    image = random_tensor(batch, inputs, *size, seed=1)
    weight = random_tensor(outputs, inputs, 3, 3, seed=2)
    bias = random_tensor(outputs, seed=3)
    upstream = random_tensor(batch, outputs, *size, seed=4)
    results = []
    for way, threads in ((algorithm, count), ("reference", 1)):
        with cores(threads):
            results.append(
                (
                    convolution.forward(image, weight, bias, geometry, 1, way),
                    convolution.input_gradient(upstream, weight, geometry, 1, way),
                    convolution.weight_gradient(image, upstream, geometry, 1, way),
                )
            )
    for found, expected in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
