"""What forward keeps for backward: a stack in training mode, nothing in evaluation mode."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest
import torch

from scratch_layers import (
    Conv2d,
    LeakyReLU,
    Module,
    NNUpsampling,
    PixelShuffle,
    PixelUnshuffle,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Upsampling,
)
from scratch_layers.errors import ArgumentTypeError, ShapeError, StateError
from tests.scratch_layers.torch_twins import our_pass, random_tensor

LAYERS: dict[str, Callable[[], Module]] = {
    "Conv2d": lambda: Conv2d(4, 4, 3, padding=1),
    "Conv2d reflect": lambda: Conv2d(4, 4, 3, padding=1, padding_mode="reflect"),
    "NNUpsampling": lambda: NNUpsampling(2),
    "Upsampling": lambda: Upsampling(4, 4, 3, 2),
    "ReLU": ReLU,
    "LeakyReLU": LeakyReLU,
    "Sigmoid": Sigmoid,
    "PixelShuffle": lambda: PixelShuffle(2),
    "PixelUnshuffle": lambda: PixelUnshuffle(2),
    "Residual": lambda: Residual(Conv2d(4, 4, 3, padding=1)),
    "Sequential": lambda: Sequential(Conv2d(4, 4, 3, padding=1), ReLU(), Conv2d(4, 4, 1)),
}
EVERY_LAYER = pytest.mark.parametrize("name", LAYERS)


def layer_called(name: str) -> Module:
    torch.manual_seed(1)
    return LAYERS[name]().to(dtype=torch.float64)


@EVERY_LAYER
def test_backwards_run_in_reverse_order_of_their_forwards(name: str) -> None:
    images = [random_tensor(2, 4, 6, 8), random_tensor(4, 4, 2, seed=1), random_tensor(1, 4, 8, 4)]
    alone = layer_called(name)
    upstreams = [random_tensor(*alone(image).shape, seed=7) for image in images]
    alone.forget()
    passes = [our_pass(alone, *pair) for pair in zip(images, upstreams, strict=True)]

    together = layer_called(name)
    for image, expected in zip(images, passes, strict=True):
        assert torch.equal(together.forward(image), expected.output)
    for upstream, expected in zip(reversed(upstreams), reversed(passes), strict=True):
        torch.testing.assert_close(together.backward(upstream), expected.input_gradient)
    for parameter_name, parameter in together.named_parameters():
        total = sum(found.parameter_gradients[parameter_name] for found in passes)
        torch.testing.assert_close(parameter.gradient, total)


@EVERY_LAYER
def test_backward_without_forward_is_refused(name: str) -> None:
    layer = layer_called(name)
    image = random_tensor(1, 4, 4, 4)
    with pytest.raises(StateError, match="forward first"):
        layer.backward(image)
    output = layer.forward(image)
    layer.backward(output)
    with pytest.raises(StateError, match="forward first"):
        layer.backward(output)


@EVERY_LAYER
def test_evaluation_keeps_nothing(name: str) -> None:
    layer = layer_called(name).eval()
    image = random_tensor(1, 4, 4, 4)
    held = weakref.ref(image)
    output = layer.forward(image)
    result = weakref.ref(output)
    with pytest.raises(StateError, match=r"train\(\)"):
        layer.backward(output)
    del image, output
    gc.collect()
    assert held() is None
    assert result() is None


@EVERY_LAYER
def test_both_modes_compute_the_same(name: str) -> None:
    layer = layer_called(name)
    image = random_tensor(2, 4, 6, 8)
    assert torch.equal(layer.train()(image), layer.eval()(image))


@EVERY_LAYER
def test_a_backward_pass_frees_what_it_used(name: str) -> None:
    layer = layer_called(name)
    image = random_tensor(1, 4, 4, 4)
    storage = weakref.ref(image.untyped_storage())
    output = layer.forward(image)
    layer.backward(torch.ones_like(output))
    del image, output
    gc.collect()
    assert storage() is None


@EVERY_LAYER
def test_eval_and_forget_drop_open_passes(name: str) -> None:
    layer = layer_called(name)
    output = layer.forward(random_tensor(1, 4, 4, 4))
    layer.eval().train()
    with pytest.raises(StateError):
        layer.backward(output)
    layer.forward(random_tensor(1, 4, 4, 4))
    layer.forget()
    with pytest.raises(StateError):
        layer.backward(output)


@EVERY_LAYER
def test_a_gradient_of_another_shape_is_refused(name: str) -> None:
    layer = layer_called(name)
    shape = layer.forward(random_tensor(2, 4, 4, 4)).shape
    with pytest.raises(ShapeError, match=r"backward got .*\(1, 4, 4\).*" + f"{shape[-1]}\\)"):
        layer.backward(random_tensor(1, 4, 4))


@EVERY_LAYER
def test_a_gradient_that_is_no_tensor_is_refused(name: str) -> None:
    layer = layer_called(name)
    layer.forward(random_tensor(2, 4, 4, 4))
    with pytest.raises(ArgumentTypeError, match="backward takes a tensor, not NoneType"):
        layer.backward(None)
