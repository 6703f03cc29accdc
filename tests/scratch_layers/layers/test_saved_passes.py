"""What forward keeps for backward: a stack in training mode, nothing in evaluation mode."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
import torch

from scratch_layers import Conv2d, LeakyReLU, Module, ReLU, Sigmoid, Upsampling
from scratch_layers.errors import ArgumentTypeError, ShapeError, StateError
from scratch_layers.saved_passes import MOST_OPEN_PASSES
from tests.scratch_layers.layers.examples import EXAMPLES, Example
from tests.scratch_layers.torch_twins import our_pass, random_tensor

EVERY_LAYER = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
EVERY_PURE_LAYER = pytest.mark.parametrize(
    "example",
    [example for example in EXAMPLES.values() if example.is_pure],
    ids=[name for name, example in EXAMPLES.items() if example.is_pure],
)


@pytest.fixture(autouse=True)
def quick_collections() -> Iterator[None]:
    """Let the garbage collector look at what a test makes, and at nothing that was there before."""
    gc.freeze()
    yield
    gc.unfreeze()


@EVERY_PURE_LAYER
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


@EVERY_PURE_LAYER
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


@EVERY_PURE_LAYER
def test_a_tensor_changed_before_backward_is_refused(example: Example) -> None:
    """As torch refuses it; a layer that keeps only sizes goes on."""
    layer, image = example.layer(), example.input()
    expected = our_pass(layer, image, torch.ones_like(layer(image)))
    layer.forget()
    for changed in ("input", "output"):
        layer = example.layer()
        image = example.input()
        output = layer(image)
        (image if changed == "input" else output).add_(1)
        try:
            found = layer.backward(torch.ones_like(output))
        except StateError:
            continue
        else:
            assert torch.equal(found, expected.input_gradient)
            for name, parameter in layer.named_parameters():
                assert torch.equal(parameter.gradient, expected.parameter_gradients[name])


@pytest.mark.parametrize(
    ("layer", "changed"),
    [(Conv2d(2, 2, 3), 0), (LeakyReLU(), 0), (ReLU(), 1), (Sigmoid(), 1), (Upsampling(2, 2, 3), 0)],
)
def test_what_a_layer_keeps_must_not_change(layer: Module, changed: int) -> None:
    image = torch.randn(1, 2, 6, 6)
    output = layer(image)
    (image, output)[changed][0, 0, 0, 0] = 5.0
    with pytest.raises(StateError, match=f"{type(layer).__name__}.backward .* changed in place"):
        layer.backward(torch.ones_like(output))


def test_a_pass_left_open_by_a_forgotten_eval_is_told() -> None:
    layer, image = Conv2d(2, 2, 3), torch.randn(1, 2, 6, 6)
    output = layer(image)
    layer(image)  # a prediction for which eval() was forgotten
    layer.backward(output)
    with pytest.warns(RuntimeWarning, match=r"1 forward pass waits for Conv2d.*eval\(\)"):
        layer(image)


def test_passes_that_pile_up_are_told() -> None:
    layer, image = ReLU(), torch.randn(3)
    for _ in range(MOST_OPEN_PASSES):
        layer(image)
    with pytest.warns(RuntimeWarning, match=r"forward passes wait for ReLU.*eval\(\)"):
        layer(image)
    layer.eval().train()
    for _ in range(3):
        layer.backward(layer(image))
