"""Cross entropy against torch.nn.CrossEntropyLoss, and what it refuses."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from scratch_layers import CrossEntropy, check_gradients
from tests.scratch_layers.torch_twins import random_tensor


def assert_same(ours: CrossEntropy, theirs: nn.Module, logits: Tensor, target: Tensor) -> None:
    value, gradient = ours(logits, target), ours.backward()
    logits = logits.clone().requires_grad_()
    expected = theirs(logits, target)
    expected.backward()
    torch.testing.assert_close(value, expected.detach(), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(gradient, logits.grad, rtol=1e-12, atol=1e-14)


@given(
    classes=st.integers(1, 5),
    batch=st.sampled_from([None, 1, 4]),
    size=st.sampled_from([(), (2, 3)]),
    smoothing=st.sampled_from([0.0, 0.2, 1.0]),
    weighted=st.booleans(),
    ignore=st.booleans(),
    shares=st.booleans(),
)
def test_cross_entropy_equals_torch(
    classes: int,
    batch: int | None,
    size: tuple[int, ...],
    smoothing: float,
    weighted: bool,
    ignore: bool,
    shares: bool,
) -> None:
    lead, size = ((), ()) if batch is None else ((batch,), size)
    logits = 4 * random_tensor(*lead, classes, *size)
    if shares:
        target = random_tensor(*logits.shape, seed=1).abs()
    else:
        generator = torch.Generator().manual_seed(2)
        target = torch.randint(classes, (*lead, *size), generator=generator)
        if ignore and target.numel() > 1:
            target.view(-1)[0] = -7
    weight = random_tensor(classes, seed=3).abs() if weighted else None
    arguments = {"weight": weight, "ignore_index": -7, "label_smoothing": smoothing}
    assert_same(CrossEntropy(**arguments), nn.CrossEntropyLoss(**arguments), logits, target)


def test_large_logits_stay_finite() -> None:
    logits = torch.tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 0.0]], dtype=torch.float64)
    assert_same(CrossEntropy(), nn.CrossEntropyLoss(), logits, torch.tensor([0, 0]))


def test_its_gradient_is_its_slope() -> None:
    report = check_gradients(
        CrossEntropy(label_smoothing=0.1), random_tensor(4, 3), torch.tensor([0, 2, 1, 1])
    )
    assert report.passed, report


@pytest.mark.parametrize(
    ("logits", "target", "words"),
    [
        (torch.zeros(2, 3), torch.zeros(3, dtype=torch.int64), r"\(2, 3\).*\(3,\)"),
        (torch.zeros(2, 3), torch.zeros(2, 2), r"\(2, 3\).*\(2, 2\)"),
        (torch.zeros(2, 3), torch.tensor([0, 3]), "from 0 to 3, .* 0 to 2"),
        (torch.zeros(2, 3, dtype=torch.int64), torch.tensor([0, 1]), "int64"),
    ],
)
def test_what_does_not_fit_is_refused(logits: Tensor, target: Tensor, words: str) -> None:
    with pytest.raises((ValueError, RuntimeError), match=words):
        CrossEntropy()(logits, target)


def test_smoothing_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="not 1.5"):
        CrossEntropy(label_smoothing=1.5)
