"""Clipping gradients by their norm, against torch."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scratch_layers.errors import ArgumentError
from scratch_layers.optim import clip_gradient_norm
from tests.scratch_layers.optim.optimizers import (
    random_tensors,
)


@given(max_norm=st.floats(1e-3, 1e3), size=st.floats(1e-3, 1e3), seed=st.integers(0, 2**31))
def test_clipping_equals_torch(max_norm: float, size: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    gradients = [gradient * size for gradient in random_tensors(generator)]
    expected = [gradient.clone().requires_grad_() for gradient in gradients]
    for tensor in expected:
        tensor.grad = tensor.detach().clone()
    norm = clip_gradient_norm([(gradient, gradient) for gradient in gradients], max_norm)
    expected_norm = torch.nn.utils.clip_grad_norm_(expected, max_norm)
    assert norm == pytest.approx(expected_norm.item(), rel=1e-12)
    torch.testing.assert_close(gradients, [tensor.grad for tensor in expected])


@pytest.mark.parametrize("poison", [math.inf, math.nan])
def test_a_norm_that_is_not_finite_is_returned_and_nothing_is_scaled(poison: float) -> None:
    gradients = [torch.tensor([3.0, poison]), torch.tensor([4.0])]
    norm = clip_gradient_norm([(gradient, gradient) for gradient in gradients], 1.0)
    assert not math.isfinite(norm)
    assert gradients[0][0] == 3.0
    assert gradients[1][0] == 4.0


@pytest.mark.parametrize("limit", [0.0, math.nan])
def test_a_limit_that_is_no_positive_number_is_refused(limit: float) -> None:
    with pytest.raises(ArgumentError, match="max_norm"):
        clip_gradient_norm([], limit)
