"""ReLU, LeakyReLU, Sigmoid and the pixel shuffles against torch.nn."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from scratch_layers import LeakyReLU, Module, PixelShuffle, PixelUnshuffle, ReLU, Sigmoid
from tests.scratch_layers.torch_twins import assert_twins, our_pass, random_tensor, torch_pass

ACTIVATIONS = {
    "ReLU": (ReLU(), nn.ReLU()),
    "LeakyReLU": (LeakyReLU(), nn.LeakyReLU()),
    "LeakyReLU(0.3)": (LeakyReLU(0.3), nn.LeakyReLU(0.3)),
    "LeakyReLU(0)": (LeakyReLU(0), nn.LeakyReLU(0)),
    "LeakyReLU(-1)": (LeakyReLU(-1.0), nn.LeakyReLU(-1.0)),
    "LeakyReLU(2)": (LeakyReLU(2.0), nn.LeakyReLU(2.0)),
    "Sigmoid": (Sigmoid(), nn.Sigmoid()),
}
EVERY_ACTIVATION = pytest.mark.parametrize(
    ("ours", "theirs"), ACTIVATIONS.values(), ids=ACTIVATIONS.keys()
)
EDGES = (0.0, -0.0, 1e-320, -1e-320, 1e30, -1e30, 700.0, -700.0, 1e308, -1e308)


@EVERY_ACTIVATION
@given(shape=st.lists(st.integers(0, 5), max_size=5), seed=st.integers(0, 2**31))
def test_activations_equal_torch(
    ours: Module, theirs: nn.Module, shape: list[int], seed: int
) -> None:
    assert_twins(ours, theirs, random_tensor(*shape, seed=seed), tolerance=1e-14, seed=seed + 1)


@EVERY_ACTIVATION
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_activations_in_other_dtypes(ours: Module, theirs: nn.Module, dtype: torch.dtype) -> None:
    image = random_tensor(4, 5, 6, dtype=dtype)
    assert_twins(ours, theirs, image, tolerance=2 * torch.finfo(dtype).eps)


@EVERY_ACTIVATION
def test_activations_at_the_edges_of_the_numbers(ours: Module, theirs: nn.Module) -> None:
    edges = torch.tensor(EDGES, dtype=torch.float64)
    upstream = random_tensor(len(edges), seed=2)
    found, expected = our_pass(ours, edges, upstream), torch_pass(theirs, edges, upstream)
    assert found.output.isfinite().all() or not expected.output.isfinite().all()
    torch.testing.assert_close(found.output, expected.output, rtol=1e-15, atol=1e-15)
    torch.testing.assert_close(found.input_gradient, expected.input_gradient, rtol=1e-15, atol=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_sigmoid_of_any_number_lies_in_its_range(dtype: torch.dtype) -> None:
    largest = torch.finfo(dtype).max
    extremes = torch.tensor([-largest, -90, -20, 0, 20, 90, largest], dtype=dtype)
    layer = Sigmoid()
    output = layer(extremes)
    gradient = layer.backward(torch.ones_like(extremes))
    assert output.min() >= 0
    assert output.max() <= 1
    assert output[0] == 0
    assert output[3] == 0.5
    assert output[-1] == 1
    assert gradient.isfinite().all()
    assert (gradient >= 0).all()


@EVERY_ACTIVATION
def test_not_a_number_stays_visible(ours: Module, theirs: nn.Module) -> None:
    assert ours(torch.tensor([float("nan")])).isnan().all()
    ours.forget()


@pytest.mark.parametrize("layer", [ReLU(), LeakyReLU(), Sigmoid()])
def test_input_and_gradient_are_left_alone(layer: Module) -> None:
    image, upstream = random_tensor(3, 4), random_tensor(3, 4, seed=1)
    kept = image.clone(), upstream.clone()
    layer.forward(image)
    layer.backward(upstream)
    assert torch.equal(image, kept[0])
    assert torch.equal(upstream, kept[1])


@given(
    factor=st.integers(1, 4),
    channels=st.integers(1, 3),
    height=st.integers(1, 4),
    width=st.integers(1, 4),
    batch=st.sampled_from([None, 1, 3]),
)
def test_pixel_shuffles_equal_torch(
    factor: int, channels: int, height: int, width: int, batch: int | None
) -> None:
    lead = () if batch is None else (batch,)
    deep = random_tensor(*lead, channels * factor**2, height, width)
    assert_twins(PixelShuffle(factor), nn.PixelShuffle(factor), deep, tolerance=0)
    large = random_tensor(*lead, channels, height * factor, width * factor)
    assert_twins(PixelUnshuffle(factor), nn.PixelUnshuffle(factor), large, tolerance=0)


def test_pixel_shuffles_of_an_empty_batch() -> None:
    """Torch's own cannot go back through one."""
    shuffle, unshuffle = PixelShuffle(2), PixelUnshuffle(2)
    assert shuffle(torch.zeros(0, 8, 3, 4)).shape == (0, 2, 6, 8)
    assert shuffle.backward(torch.zeros(0, 2, 6, 8)).shape == (0, 8, 3, 4)
    assert unshuffle(torch.zeros(0, 2, 6, 8)).shape == (0, 8, 3, 4)
    assert unshuffle.backward(torch.zeros(0, 8, 3, 4)).shape == (0, 2, 6, 8)


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_shuffles_undo_each_other(factor: int) -> None:
    image = random_tensor(2, 3, 6, 12)
    back = PixelShuffle(factor)(PixelUnshuffle(factor)(image))
    assert torch.equal(back, image)
