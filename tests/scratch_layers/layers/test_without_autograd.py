"""Nothing depends on torch's autograd: it may be off, on, or asked to record the layers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import torch

from scratch_layers import Module, NNUpsampling, PixelUnshuffle, ReLU, Residual, Sequential, Sigmoid
from scratch_layers.errors import StateError
from scratch_layers.layers import Conv2d, LeakyReLU, PixelShuffle, Upsampling
from scratch_layers.losses import MSE
from scratch_layers.optim import SGD
from tests.scratch_layers.torch_twins import assert_equal_passes, our_pass, random_tensor

MODES: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "no_grad": torch.no_grad,
    "set_grad_enabled(False)": lambda: torch.set_grad_enabled(False),
    "inference_mode": torch.inference_mode,
}


def network() -> Sequential:
    """One of every layer, with channels enough for every algorithm."""
    torch.manual_seed(4)
    return Sequential(
        PixelUnshuffle(2),
        Conv2d(12, 40, 3, padding=1),
        LeakyReLU(),
        Residual(Sequential(Conv2d(40, 40, 3, padding=1), ReLU())),
        Conv2d(40, 8, 3, padding=1, padding_mode="reflect", algorithm="reference"),
        Upsampling(8, 12, 3, 2, 1, output_padding=1),
        NNUpsampling(1),
        PixelShuffle(2),
        Conv2d(3, 3, 2, stride=2),
        Sigmoid(),
    ).to(dtype=torch.float64)


@pytest.mark.parametrize("mode", MODES)
def test_gradients_are_the_same_with_autograd_off(mode: str) -> None:
    module, image = network(), random_tensor(2, 3, 8, 8)
    upstream = random_tensor(*module(image).shape, seed=1)
    module.forget()
    expected = our_pass(module, image, upstream)
    with MODES[mode]():
        found = our_pass(module, image, upstream)
    assert_equal_passes(found, expected, 0)


@pytest.mark.parametrize("mode", MODES)
def test_training_goes_on_outside_of_the_mode_it_began_in(mode: str) -> None:
    module, loss, optimizer = network(), MSE(), SGD(lr=0.1, momentum=0.9)
    image, target = random_tensor(2, 3, 8, 8), random_tensor(2, 3, 8, 8, seed=1)

    def step() -> float:
        module.zero_grad()
        value = loss.forward(module.forward(image), target)
        module.backward(loss.backward())
        optimizer.step(module.param())
        return float(value)

    with MODES[mode]():
        first = step()
    later = [step() for _ in range(3)]
    assert later[-1] < first


@pytest.mark.parametrize("layer", list(network()), ids=lambda layer: type(layer).__name__)
def test_no_graph_is_recorded_even_if_the_input_asks_for_one(layer: Module) -> None:
    channels = getattr(layer, "in_channels", 4)
    channels = 40 if isinstance(layer, Residual) else channels
    image = random_tensor(1, channels, 8, 8).requires_grad_()
    with torch.enable_grad():
        output = layer.forward(image)
        gradient = layer.backward(random_tensor(*output.shape).requires_grad_())
    for tensor in (output, gradient, *(held for pair in layer.param() for held in pair)):
        assert not tensor.requires_grad
        assert tensor.grad_fn is None
    assert image.grad is None


def test_weights_of_torch_modules_arrive_without_their_graph() -> None:
    ours, theirs = Conv2d(3, 4, 3), torch.nn.Conv2d(3, 4, 3)
    ours.load_state_dict(dict(theirs.named_parameters()))
    assert not ours.weight.value.requires_grad
    ours.update_param(list(theirs.parameters()))
    assert not ours.weight.value.requires_grad
    assert torch.equal(ours.weight.value, theirs.weight.detach())


def test_a_network_built_in_inference_mode_learns_outside_of_it() -> None:
    with torch.inference_mode():
        module = network()
        state = {name: value.clone() for name, value in module.state_dict().items()}
    module.load_state_dict(state)
    module.to(dtype=torch.float32)
    image = random_tensor(2, 3, 8, 8, dtype=torch.float32)
    output = module.forward(image)
    module.backward(output)
    before = [value.clone() for value, _ in module.param()]
    SGD(lr=0.1, momentum=0.9).step(module.param())
    assert not torch.equal(module.param()[0][0], before[0])


@pytest.mark.parametrize("layer", list(network()), ids=lambda layer: type(layer).__name__)
def test_autocast_is_refused_in_a_sentence(layer: Module) -> None:
    image = random_tensor(1, 4, 8, 8)
    with (
        torch.autocast("cpu", dtype=torch.bfloat16),
        pytest.raises(StateError, match=r"torch\.autocast.*to\(dtype=torch\.bfloat16\)"),
    ):
        layer.forward(image)
