"""Adam and AdamW step by step against torch.optim."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch_layers.errors import ArgumentError
from scratch_layers.optim import Adam, AdamW
from tests.scratch_layers.optim.optimizers import (
    assert_same_steps,
    decays,
    rates,
)


@settings(max_examples=30)
@given(
    lr=rates,
    betas=st.tuples(st.sampled_from([0.0, 0.5, 0.9]), st.sampled_from([0.0, 0.9, 0.999])),
    eps=st.sampled_from([1e-8, 1e-3]),
    weight_decay=decays,
    decoupled=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_adam_equals_torch(
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
    decoupled: bool,
    seed: int,
) -> None:
    arguments: dict[str, Any] = {
        "lr": lr,
        "betas": betas,
        "eps": eps,
        "weight_decay": weight_decay,
    }
    ours = AdamW(**arguments) if decoupled else Adam(**arguments)
    theirs = torch.optim.AdamW if decoupled else torch.optim.Adam
    assert_same_steps(ours, lambda values: theirs(values, **arguments), seed)


def test_defaults_are_those_of_torch() -> None:
    assert_same_steps(Adam(), torch.optim.Adam, 0)
    assert_same_steps(AdamW(), torch.optim.AdamW, 0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Adam(betas=(0.9, 1.0)), "betas"),
        (lambda: Adam(betas=(-0.1, 0.9)), "betas"),
        (lambda: Adam(eps=-1e-8), "eps"),
        (lambda: AdamW(weight_decay=-1.0), "weight_decay"),
    ],
)
def test_wrong_arguments_are_named(make: Callable[[], object], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        make()


def test_parameters_may_change_dtype_between_steps() -> None:
    optimizer = Adam()
    optimizer.step([(torch.ones(2), torch.ones(2))])
    value = torch.ones(2, dtype=torch.float64)
    optimizer.step([(value, torch.ones_like(value))])
    assert optimizer.state_dict()["mean.0"].dtype == torch.float64
