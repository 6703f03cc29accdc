"""Losses against torch.nn, finite differences, and the rules of forward and backward."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from scratch_layers.errors import ArgumentError, ShapeError, StateError
from scratch_layers.losses import L1, MSE, Charbonnier, Loss, SmoothL1
from scratch_layers.module import Module

LossFunction = Callable[[Tensor, Tensor], Tensor]

# The pairs are (ours, theirs); torch has no Charbonnier, so its oracle is the formula itself.
PAIRS: dict[str, tuple[Callable[[], Loss], LossFunction]] = {
    "mse": (MSE, torch.nn.MSELoss()),
    "l1": (L1, torch.nn.L1Loss()),
    "smooth l1": (SmoothL1, torch.nn.SmoothL1Loss()),
    "smooth l1, narrow": (lambda: SmoothL1(0.3), torch.nn.SmoothL1Loss(beta=0.3)),
    "smooth l1, none": (lambda: SmoothL1(0.0), torch.nn.SmoothL1Loss(beta=0.0)),
    "charbonnier": (
        lambda: Charbonnier(0.05),
        lambda prediction, target: torch.sqrt((prediction - target) ** 2 + 0.05**2).mean(),
    ),
}
EVERY_LOSS = pytest.mark.parametrize("name", PAIRS)


def random_pair(shape: list[int], seed: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    prediction = torch.randn(shape, generator=generator, dtype=dtype)
    return prediction, torch.randn(shape, generator=generator, dtype=dtype)


@EVERY_LOSS
@given(
    shape=st.lists(st.integers(1, 5), min_size=0, max_size=4),
    seed=st.integers(0, 2**31),
)
def test_value_and_gradient_equal_torch(name: str, shape: list[int], seed: int) -> None:
    make, theirs = PAIRS[name]
    prediction, target = random_pair(shape, seed, torch.float64)
    ours = make()
    value = ours(prediction, target)
    gradient = ours.backward()

    prediction.requires_grad_()
    expected = theirs(prediction, target)
    expected.backward()
    assert value.shape == ()
    torch.testing.assert_close(value, expected.detach(), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(gradient, prediction.grad, rtol=1e-12, atol=1e-14)


@EVERY_LOSS
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_other_dtypes_keep_their_dtype_and_equal_torch(name: str, dtype: torch.dtype) -> None:
    make, theirs = PAIRS[name]
    prediction, target = random_pair([2, 3, 8, 8], 5, dtype)
    ours = make()
    value = ours(prediction, target)
    gradient = ours.backward()

    prediction.requires_grad_()
    expected = theirs(prediction, target)
    expected.backward()
    assert value.dtype == gradient.dtype == dtype
    torch.testing.assert_close(value, expected.detach())
    torch.testing.assert_close(gradient, prediction.grad)


@EVERY_LOSS
@pytest.mark.parametrize("seed", range(5))
def test_gradient_equals_finite_difference_along_a_random_direction(name: str, seed: int) -> None:
    loss = PAIRS[name][0]()
    prediction, target = random_pair([2, 3, 7, 5], seed, torch.float64)
    direction, _ = random_pair([2, 3, 7, 5], seed + 100, torch.float64)
    loss(prediction, target)
    expected = (loss.backward() * direction).sum()

    step = 1e-6
    loss.eval()
    ahead = loss(prediction + step * direction, target)
    behind = loss(prediction - step * direction, target)
    torch.testing.assert_close((ahead - behind) / (2 * step), expected, rtol=1e-5, atol=1e-8)


@EVERY_LOSS
def test_backwards_run_in_reverse_order_of_their_forwards(name: str) -> None:
    make, _ = PAIRS[name]
    first, second = random_pair([4, 4], 1, torch.float64), random_pair([2, 3], 2, torch.float64)
    alone, together = make(), make()
    gradients = []
    for pair in (second, first):
        alone(*pair)
        gradients.append(alone.backward())
    together(*first)
    together(*second)
    assert torch.equal(together.backward(), gradients[0])
    assert torch.equal(together.backward(), gradients[1])


@EVERY_LOSS
def test_backward_without_forward_is_refused(name: str) -> None:
    loss = PAIRS[name][0]()
    prediction, target = random_pair([3], 0, torch.float64)
    with pytest.raises(StateError, match="forward"):
        loss.backward()
    loss(prediction, target)
    loss.backward()
    with pytest.raises(StateError, match="forward"):
        loss.backward()


@EVERY_LOSS
def test_evaluation_mode_keeps_nothing(name: str) -> None:
    loss = PAIRS[name][0]()
    prediction, target = random_pair([3], 0, torch.float64)
    loss(prediction, target)
    assert loss.eval() is loss
    loss(prediction, target)
    with pytest.raises(StateError):
        loss.backward()
    loss.train()(prediction, target)
    assert loss.backward().shape == (3,)


@EVERY_LOSS
def test_arguments_are_not_changed_and_may_change_before_backward(name: str) -> None:
    loss = PAIRS[name][0]()
    prediction, target = random_pair([5], 3, torch.float64)
    before = prediction.clone(), target.clone()
    loss(prediction, target)
    expected = loss.backward()
    assert torch.equal(prediction, before[0])
    assert torch.equal(target, before[1])
    loss(prediction, target)
    prediction.zero_()
    assert torch.equal(loss.backward(), expected)


@pytest.mark.parametrize(
    ("prediction", "target", "words"),
    [
        (torch.zeros(2, 3), torch.zeros(3), r"\(2, 3\) and \(3,\)"),
        (torch.zeros(2, 1), torch.zeros(2, 3), "shape"),
        (torch.zeros(2), torch.zeros(2, dtype=torch.float64), "float32 and torch.float64"),
        (torch.zeros(2, dtype=torch.int64), torch.zeros(2, dtype=torch.int64), "int64"),
        (torch.zeros(2), torch.zeros(2, device="meta"), "cpu and meta"),
    ],
)
def test_what_does_not_match_is_refused(prediction: Tensor, target: Tensor, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        MSE()(prediction, target)


def test_gradient_of_equal_tensors_is_zero() -> None:
    for make, _ in PAIRS.values():
        loss = make()
        loss(torch.ones(3), torch.ones(3))
        assert torch.equal(loss.backward(), torch.zeros(3))


def test_an_empty_batch_has_an_empty_gradient() -> None:
    for make, _ in PAIRS.values():
        loss = make()
        assert loss(torch.zeros(0, 3), torch.zeros(0, 3)).isnan()
        assert loss.backward().shape == (0, 3)


@pytest.mark.parametrize("epsilon", [0.0, -1.0, float("nan"), float("inf")])
def test_charbonnier_refuses_a_bad_epsilon(epsilon: float) -> None:
    with pytest.raises(ArgumentError, match="epsilon"):
        Charbonnier(epsilon)


@EVERY_LOSS
def test_a_loss_is_a_module_without_parameters(name: str) -> None:
    loss = PAIRS[name][0]()
    assert isinstance(loss, Module)
    assert loss.param() == []
    assert repr(loss).startswith(type(loss).__name__ + "(")
