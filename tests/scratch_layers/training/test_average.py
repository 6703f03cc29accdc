"""The moving average of weights."""

import pytest
import torch

from scratch_layers.errors import ShapeError, WeightsError
from scratch_layers.layers import Conv2d
from scratch_layers.training.learner import WeightAverage


def network(value):
    conv = Conv2d(1, 1, 1, bias=False)
    conv.update_param([torch.full((1, 1, 1, 1), float(value))])
    return conv


def value_of(average):
    return float(average.state_dict()["weight"])


def test_the_average_follows_the_documented_recursion():
    conv = network(1)
    average = WeightAverage(conv, decay=0.9)
    expected = 1.0
    for step, weight in enumerate([2.0, 5.0, -3.0]):
        conv.update_param([torch.full((1, 1, 1, 1), weight)])
        average.update(step)
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * weight
        assert value_of(average) == pytest.approx(expected)


def test_late_steps_use_the_full_decay():
    conv = network(0)
    average = WeightAverage(conv, decay=0.9)
    conv.update_param([torch.ones(1, 1, 1, 1)])
    average.update(10_000)
    assert value_of(average) == pytest.approx(0.1)


def test_without_decay_the_average_is_the_network():
    conv = network(0.1)
    average = WeightAverage(conv, decay=0.0)
    conv.update_param([torch.full((1, 1, 1, 1), 0.7)])
    average.update(0)
    assert torch.equal(average.state_dict()["weight"], conv.state_dict()["weight"])


def test_the_network_computes_with_the_average_inside_the_block_only():
    conv = network(1)
    average = WeightAverage(conv, decay=0.5)
    conv.update_param([torch.full((1, 1, 1, 1), 3.0)])
    picture = torch.ones(1, 1, 1, 1)
    with average.applied():
        assert float(conv(picture)) == 1.0
        assert not conv.training
    assert float(conv(picture)) == 3.0
    assert conv.training


def test_the_network_gets_its_weights_back_after_an_error():
    conv = network(1)
    average = WeightAverage(conv, decay=0.5)
    conv.update_param([torch.full((1, 1, 1, 1), 3.0)])
    with pytest.raises(ShapeError), average.applied():
        conv(torch.ones(1, 2, 1, 1))
    assert float(conv(torch.ones(1, 1, 1, 1))) == 3.0


def test_an_evaluated_network_stays_evaluated():
    conv = network(1).eval()
    with WeightAverage(conv, decay=0.5).applied():
        pass
    assert not conv.training


def test_averages_that_lose_something_are_refused():
    average = WeightAverage(network(1), decay=0.5)
    with pytest.raises(WeightsError, match="weight is complex64"):
        average.load_state_dict({"weight": torch.ones(1, 1, 1, 1, dtype=torch.complex64)})
    assert value_of(average) == 1.0
