"""SGD, with momentum and Nesterov's, step by step against torch.optim."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch_layers.errors import ArgumentError
from scratch_layers.optim import SGD
from tests.scratch_layers.optim.optimizers import (
    assert_same_steps,
    decays,
    pair,
    rates,
)


@settings(max_examples=30)
@given(
    lr=rates,
    momentum=st.sampled_from([0.0, 0.5, 0.9]),
    dampening=st.sampled_from([0.0, 0.25]),
    weight_decay=decays,
    nesterov=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_sgd_equals_torch(
    lr: float, momentum: float, dampening: float, weight_decay: float, nesterov: bool, seed: int
) -> None:
    nesterov = nesterov and momentum > 0 and dampening == 0
    arguments = {
        "lr": lr,
        "momentum": momentum,
        "dampening": dampening,
        "weight_decay": weight_decay,
        "nesterov": nesterov,
    }
    assert_same_steps(SGD(**arguments), lambda values: torch.optim.SGD(values, **arguments), seed)


def test_its_rate_has_a_default() -> None:
    assert_same_steps(SGD(), lambda values: torch.optim.SGD(values, lr=1e-2), 0)


def test_plain_descent_has_no_state_to_fit() -> None:
    first, second = pair(3), pair(2, 2)
    expected = [value - 0.5 * gradient for value, gradient in (first, second)]
    optimizer = SGD(lr=0.5)
    optimizer.step([first])
    optimizer.step([second])
    torch.testing.assert_close([first[0], second[0]], expected)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SGD(lr=-1.0), "lr"),
        (lambda: SGD(lr=math.nan), "lr"),
        (lambda: SGD(momentum=-0.1), "momentum"),
        (lambda: SGD(dampening=math.inf), "dampening"),
        (lambda: SGD(weight_decay=-1.0), "weight_decay"),
        (lambda: SGD(nesterov=True), "nesterov"),
        (lambda: SGD(momentum=0.9, dampening=0.1, nesterov=True), "nesterov"),
    ],
)
def test_wrong_arguments_are_named(make: Callable[[], object], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        make()
