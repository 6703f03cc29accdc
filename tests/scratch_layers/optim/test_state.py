"""The state of optimizers: resuming bit for bit, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from scratch_layers.errors import ShapeError, WeightsError
from scratch_layers.muon import Muon
from scratch_layers.optim import SGD, Adam
from scratch_layers.optimizer import Optimizer
from tests.scratch_layers.optim.optimizers import (
    EVERY_OPTIMIZER,
    MAKERS,
    pair,
    random_tensors,
)


@EVERY_OPTIMIZER
def test_resuming_is_bit_for_bit(name: str) -> None:
    generator = torch.Generator().manual_seed(1)
    values = random_tensors(generator, torch.float32)
    gradients = [random_tensors(generator, torch.float32) for _ in range(6)]

    straight = [value.clone() for value in values]
    optimizer = MAKERS[name]()
    saved_values, saved_state = [], {}
    for step, step_gradients in enumerate(gradients):
        if step == 3:
            optimizer.lr /= 3
            saved_values = [value.clone() for value in straight]
            saved_state = {key: tensor.clone() for key, tensor in optimizer.state_dict().items()}
        optimizer.step(list(zip(straight, step_gradients, strict=True)))

    resumed = MAKERS[name]()
    resumed.load_state_dict(saved_state)
    assert resumed.lr == optimizer.lr
    for step_gradients in gradients[3:]:
        resumed.step(list(zip(saved_values, step_gradients, strict=True)))
    for one, other in zip(straight, saved_values, strict=True):
        assert torch.equal(one, other)
    for key, tensor in optimizer.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[key])


@EVERY_OPTIMIZER
def test_state_before_the_first_step_can_be_loaded(name: str) -> None:
    first, second = MAKERS[name](), MAKERS[name]()
    first.lr = 0.5
    second.load_state_dict(first.state_dict())
    pair = (torch.ones(2), torch.ones(2))
    other = (torch.ones(2), torch.ones(2))
    first.step([pair])
    second.step([other])
    assert torch.equal(pair[0], other[0])


def test_loaded_state_is_a_copy() -> None:
    optimizer, other = SGD(momentum=0.9), SGD(momentum=0.9)
    optimizer.step([(torch.ones(2), torch.ones(2))])
    state = optimizer.state_dict()
    other.load_state_dict(state)
    other.step([(torch.ones(2), torch.ones(2))])
    assert torch.equal(state["momentum.0"], torch.ones(2))


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        (Adam(), SGD(momentum=0.9), r"missing momentum\.0.*unknown mean\.0, variance\.0"),
        (SGD(momentum=0.9), Adam(), r"missing mean\.0, variance\.0; unknown momentum\.0"),
        (SGD(), Adam(), r"missing mean\.0, variance\.0; unknown nothing"),
        (SGD(momentum=0.9), SGD(), r"missing nothing; unknown momentum\.0"),
    ],
)
def test_state_of_another_optimizer_is_refused(
    source: Optimizer, target: Optimizer, words: str
) -> None:
    source.step([(torch.ones(2), torch.ones(2))])
    with pytest.raises(WeightsError, match=words):
        target.load_state_dict(source.state_dict())
    assert target.steps == 0


def test_incomplete_state_is_refused() -> None:
    with pytest.raises(WeightsError, match="step"):
        Adam().load_state_dict({})
    optimizer = Adam()
    optimizer.step([(torch.ones(2), torch.ones(2))])
    state = optimizer.state_dict()
    del state["variance.0"]
    with pytest.raises(WeightsError, match=r"variance\.0"):
        optimizer.load_state_dict(state)


def test_state_of_other_parameters_is_refused_and_nothing_changes() -> None:
    optimizer = Adam()
    optimizer.step([(torch.ones(2), torch.ones(2))])
    value = torch.ones(3)
    with pytest.raises(ShapeError, match=r"parameter 0 with shape \(2,\), got \(3,\)"):
        optimizer.step([(value, torch.ones(3))])
    with pytest.raises(ShapeError, match="remembers 1 parameters, got 2"):
        optimizer.step([(value, torch.ones(3))] * 2)
    assert torch.equal(value, torch.ones(3))
    assert optimizer.steps == 1


def test_state_that_loses_something_is_refused() -> None:
    optimizer = SGD(momentum=0.9)
    optimizer.step([pair(3)])
    state = optimizer.state_dict()
    state["momentum.0"] = state["momentum.0"] * 1j
    with pytest.raises(WeightsError, match=r"momentum\.0 is complex64"):
        SGD(momentum=0.9).load_state_dict(state)


@pytest.mark.parametrize("make", [lambda: SGD(momentum=0.9), Adam, Muon])
def test_forgetting_makes_room_for_other_parameters(make: Callable[[], Optimizer]) -> None:
    torch.manual_seed(1)
    optimizer, fresh = make(), make()
    optimizer.step([pair(3)])
    optimizer.lr = fresh.lr = 0.125
    optimizer.forget()
    value, gradient = pair(20, 30)
    twin = value.clone()
    optimizer.step([(value, gradient)])
    fresh.step([(twin, gradient)])
    assert torch.equal(value, twin)
