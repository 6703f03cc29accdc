"""What forward keeps for backward: a stack in training mode, nothing in evaluation mode."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch

from scratch_layers.errors import ArgumentTypeError, ShapeError, StateError
from tests.scratch_layers.layers.examples import EXAMPLES, Example
from tests.scratch_layers.torch_twins import our_pass, random_tensor

EVERY_LAYER = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)


@EVERY_LAYER
def test_backwards_run_in_reverse_order_of_their_forwards(example: Example) -> None:
    images = [random_tensor(size, *example.shape[1:], seed=size) for size in (2, 1, 3)]
    alone = example.layer()
    upstreams = [random_tensor(*alone(image).shape, seed=7) for image in images]
    alone.forget()
    passes = [our_pass(alone, *pair) for pair in zip(images, upstreams, strict=True)]

    together = example.layer()
    for image, expected in zip(images, passes, strict=True):
        assert torch.equal(together.forward(image), expected.output)
    for upstream, expected in zip(reversed(upstreams), reversed(passes), strict=True):
        torch.testing.assert_close(together.backward(upstream), expected.input_gradient)
    for parameter_name, parameter in together.named_parameters():
        total = sum(found.parameter_gradients[parameter_name] for found in passes)
        torch.testing.assert_close(parameter.gradient, total)


@EVERY_LAYER
def test_backward_without_forward_is_refused(example: Example) -> None:
    layer = example.layer()
    image = example.input()
    with pytest.raises(StateError, match="forward first"):
        layer.backward(image)
    output = layer.forward(image)
    layer.backward(output)
    with pytest.raises(StateError, match="forward first"):
        layer.backward(output)


@EVERY_LAYER
def test_evaluation_keeps_nothing(example: Example) -> None:
    layer = example.layer().eval()
    image = example.input()
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
def test_both_modes_compute_the_same(example: Example) -> None:
    layer = example.layer()
    image = example.input()
    assert torch.equal(layer.train()(image), layer.eval()(image))


@EVERY_LAYER
def test_a_backward_pass_frees_what_it_used(example: Example) -> None:
    layer = example.layer()
    image = example.input()
    storage = weakref.ref(image.untyped_storage())
    output = layer.forward(image)
    layer.backward(torch.ones_like(output))
    del image, output
    gc.collect()
    assert storage() is None


@EVERY_LAYER
def test_eval_and_forget_drop_open_passes(example: Example) -> None:
    layer = example.layer()
    output = layer.forward(example.input())
    layer.eval().train()
    with pytest.raises(StateError):
        layer.backward(output)
    layer.forward(example.input())
    layer.forget()
    with pytest.raises(StateError):
        layer.backward(output)


@EVERY_LAYER
def test_a_gradient_of_another_shape_is_refused(example: Example) -> None:
    layer = example.layer()
    shape = layer.forward(example.input()).shape
    with pytest.raises(ShapeError, match=r"backward got .*\(1, 4, 4, 4, 4\).*" + f"{shape[-1]}\\)"):
        layer.backward(random_tensor(1, 4, 4, 4, 4))


@EVERY_LAYER
def test_a_gradient_that_is_no_tensor_is_refused(example: Example) -> None:
    layer = example.layer()
    layer.forward(example.input())
    with pytest.raises(ArgumentTypeError, match="backward takes a tensor, not NoneType"):
        layer.backward(None)
