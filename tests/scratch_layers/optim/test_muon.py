"""Muon: its steps against the singular value decomposition, and what it leaves to Adam."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from scratch_layers.errors import ArgumentError
from scratch_layers.muon import ORTHOGONAL_FROM, Muon, orthogonalized
from scratch_layers.optim import Adam


def random_matrix(rows: int, columns: int, seed: int, decades: float = 2.0) -> Tensor:
    """A matrix whose singular values fall from 1 by so many powers of ten."""
    generator = torch.Generator().manual_seed(seed)
    matrix = torch.randn(rows, columns, generator=generator, dtype=torch.float64)
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    return (left * torch.logspace(0, -decades, len(values), dtype=torch.float64)) @ right


@given(rows=st.integers(1, 40), columns=st.integers(1, 60), seed=st.integers(0, 2**31))
def test_all_directions_become_about_equally_large(rows: int, columns: int, seed: int) -> None:
    matrix = random_matrix(rows, columns, seed)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    found = left.t() @ orthogonalized(matrix) @ right.t()
    values = found.diagonal()
    assert float(values.min()) > 0.5
    assert float(values.max()) < 1.25
    torch.testing.assert_close(found, values.diag(), rtol=0, atol=1e-9)


def test_float32_is_precise_enough() -> None:
    matrix = random_matrix(128, 1152, 3)
    exact = orthogonalized(matrix)
    torch.testing.assert_close(orthogonalized(matrix.float()).double(), exact, rtol=0, atol=1e-4)


def test_zeros_stay_zeros() -> None:
    assert not orthogonalized(torch.zeros(20, 30)).any()


def test_steps_follow_the_formula() -> None:
    generator = torch.Generator().manual_seed(0)
    value = torch.randn(48, 4, 2, 2, generator=generator, dtype=torch.float64)
    expected, velocity = value.clone(), torch.zeros_like(value)
    optimizer = Muon(lr=0.1, momentum=0.9, weight_decay=0.01)
    for _ in range(3):
        gradient = torch.randn(value.shape, generator=generator, dtype=torch.float64)
        optimizer.step([(value, gradient)])
        velocity = 0.9 * velocity + gradient
        step = orthogonalized((gradient + 0.9 * velocity).view(48, 16)).view_as(value)
        expected = expected * (1 - 0.1 * 0.01) - 0.1 * math.sqrt(48 / 16) * step
        torch.testing.assert_close(value, expected)


@pytest.mark.parametrize("shape", [(7,), (), (ORTHOGONAL_FROM - 1, 9, 3, 3), (32, 1, 3, 3)])
def test_what_is_no_wide_matrix_moves_as_with_adam(shape: tuple[int, ...]) -> None:
    generator = torch.Generator().manual_seed(0)
    value = torch.randn(shape, generator=generator, dtype=torch.float64)
    other = value.clone()
    muon, adam = Muon(lr=0.02, adam_share=0.05), Adam(lr=0.001)
    for _ in range(4):
        gradient = torch.randn(shape, generator=generator, dtype=torch.float64)
        muon.step([(value, gradient)])
        adam.step([(other, gradient)])
    torch.testing.assert_close(value, other)


@pytest.mark.parametrize("arguments", [{"momentum": 1.0}, {"adam_share": -0.1}, {"lr": -1.0}])
def test_wrong_arguments_are_named(arguments: dict[str, float]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(arguments))):
        Muon(**arguments)
