"""Conv2d against torch.nn.Conv2d in float64: output and every gradient, over random geometries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from scratch_layers import Conv2d
from scratch_layers.functional.convolution import ALGORITHMS
from scratch_layers.functional.padding import PADDING_MODES
from tests.scratch_layers.torch_twins import assert_twins, random_tensor

# Torch says that it copies the input for padding="same" with an even kernel.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")

EVERY_ALGORITHM = pytest.mark.parametrize("algorithm", ALGORITHMS)
# Padding that is not of zeros happens before any algorithm sees the image.
EVERY_MODE_AND_ALGORITHM = pytest.mark.parametrize(
    ("padding_mode", "algorithm"),
    [("zeros", name) for name in ALGORITHMS]
    + [(mode, "auto") for mode in PADDING_MODES if mode != "zeros"],
)


@dataclass(frozen=True)
class Case:
    """The arguments of a convolution and the shape of an input that it accepts."""

    arguments: dict[str, Any]
    shape: tuple[int, ...]

    def ours(self, algorithm: str) -> Conv2d:
        torch.manual_seed(len(self.shape))
        return Conv2d(**self.arguments, algorithm=algorithm, dtype=torch.float64)

    def theirs(self) -> nn.Conv2d:
        return nn.Conv2d(**self.arguments, dtype=torch.float64)

    def input(self) -> Tensor:
        return random_tensor(*self.shape, seed=sum(self.shape))


def one_or_two(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[int | tuple[int, int]]:
    return st.one_of(numbers, st.tuples(numbers, numbers))


def both(value: int | tuple[int, int]) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


@st.composite
def cases(draw: st.DrawFn, padding_mode: str, three_by_three: bool) -> Case:
    """A convolution; ``three_by_three`` is the shape that has fast algorithms of its own."""
    kernel = 3 if three_by_three else draw(one_or_two(st.integers(1, 5)))
    dilation = 1 if three_by_three else draw(one_or_two(st.integers(1, 3)))
    padding = draw(st.one_of(one_or_two(st.integers(0, 4)), st.sampled_from(["same", "valid"])))
    plain_stride = three_by_three or padding == "same"
    stride = 1 if plain_stride else draw(one_or_two(st.integers(1, 6)))
    groups = draw(st.integers(1, 3))
    arguments = {
        "in_channels": groups * draw(st.integers(1, 3)),
        "out_channels": groups * draw(st.integers(1, 3)),
        "kernel_size": kernel,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
        "bias": draw(st.booleans()),
        "padding_mode": padding_mode,
    }
    size = [
        draw(st.integers(0, 9)) + smallest_size(arguments, axis, padding_mode) for axis in (0, 1)
    ]
    batch = draw(st.sampled_from([None, 0, 1, 2, 3]))
    shape = (arguments["in_channels"], *size)
    return Case(arguments, shape if batch is None else (batch, *shape))


def smallest_size(arguments: dict[str, Any], axis: int, padding_mode: str) -> int:
    reach = both(arguments["dilation"])[axis] * (both(arguments["kernel_size"])[axis] - 1) + 1
    padding = arguments["padding"]
    if padding == "valid":
        return reach
    before = (reach - 1) // 2 if padding == "same" else both(padding)[axis]
    after = reach - 1 - before if padding == "same" else before
    # What torch's padding modes need: reflection leaves out the border pixel itself.
    needed = {"reflect": max(before, after) + 1, "circular": max(before, after)}
    return max(1, reach - before - after, needed.get(padding_mode, 1))


@EVERY_MODE_AND_ALGORITHM
@given(data=st.data())
def test_any_convolution_equals_torch(
    padding_mode: str, algorithm: str, data: st.DataObject
) -> None:
    case = data.draw(cases(padding_mode, three_by_three=False))
    assert_twins(case.ours(algorithm), case.theirs(), case.input())


@EVERY_MODE_AND_ALGORITHM
@given(data=st.data())
def test_three_by_three_convolutions_equal_torch(
    padding_mode: str, algorithm: str, data: st.DataObject
) -> None:
    case = data.draw(cases(padding_mode, three_by_three=True))
    assert_twins(case.ours(algorithm), case.theirs(), case.input())


@EVERY_ALGORITHM
@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        pytest.param((8, 8, 3, 1, 1), (2, 8, 131, 67), id="several chunks an image"),
        pytest.param((8, 8, 3, 1, 1), (1, 8, 3, 6000), id="rows longer than a chunk"),
        pytest.param((8, 8, 3, 1, 1), (1, 8, 6000, 3), id="columns longer than a chunk"),
        pytest.param((4, 4, 3, 1, 1), (150, 4, 9, 7), id="several images a chunk"),
        pytest.param((8, 8, 5, 2, 2), (2, 8, 150, 91), id="chunks with a stride"),
        pytest.param((8, 8, 3, 3, 0, 2), (2, 8, 150, 191), id="chunks with stride and dilation"),
        pytest.param((40, 36, 3, 1, 1), (2, 40, 37, 30), id="wide"),
        pytest.param((40, 36, 1), (2, 40, 37, 61), id="a matrix product"),
        pytest.param((40, 36, 2, 2), (2, 40, 38, 62), id="kernel equal to the stride"),
        pytest.param((3, 40, 3, 1, 1), (2, 3, 37, 61), id="first layer"),
        pytest.param((40, 3, 3, 1, 1), (2, 40, 37, 61), id="last layer"),
        pytest.param((2, 3, (1, 9), (1, 4), (0, 4)), (2, 2, 5, 50), id="one-dimensional"),
    ],
)
def test_large_convolutions_equal_torch(
    algorithm: str, arguments: tuple[Any, ...], shape: tuple[int, ...]
) -> None:
    torch.manual_seed(3)
    ours = Conv2d(*arguments, algorithm=algorithm)
    assert_twins(ours, nn.Conv2d(*arguments), random_tensor(*shape))


@EVERY_ALGORITHM
@pytest.mark.parametrize("kernel", [2, 3])
def test_more_padding_than_the_kernel_reaches(algorithm: str, kernel: int) -> None:
    arguments = {"in_channels": 2, "out_channels": 3, "kernel_size": kernel, "padding": 6}
    case = Case(arguments, (2, 2, 3, 4))
    assert_twins(case.ours(algorithm), case.theirs(), case.input())


@EVERY_ALGORITHM
@pytest.mark.parametrize(
    "layout", ["channels last", "transposed", "cropped", "strided", "expanded"]
)
def test_any_memory_layout(algorithm: str, layout: str) -> None:
    """Of the input, and of the gradient of the output, which has the input's shape here."""
    image = random_tensor(2, 6, 9, 11)
    laid_out = {
        "channels last": image.contiguous(memory_format=torch.channels_last),
        "transposed": image.transpose(2, 3).contiguous().transpose(2, 3),
        "cropped": random_tensor(2, 9, 14, 15)[:, 2:8, 3:12, 1:12],
        "strided": random_tensor(4, 12, 18, 22)[::2, ::2, ::2, ::2],
        "expanded": random_tensor(1, 6, 1, 11).expand(2, 6, 9, 11),
    }[layout]
    kept = laid_out.clone()
    ours = Conv2d(6, 6, 3, padding=1, dtype=torch.float64, algorithm=algorithm)
    output, gradient = ours.forward(laid_out), ours.backward(laid_out)
    weight_gradient = ours.weight.gradient.clone()
    ours.zero_grad()
    contiguous = laid_out.contiguous()
    torch.testing.assert_close(output, ours.forward(contiguous))
    torch.testing.assert_close(gradient, ours.backward(contiguous))
    torch.testing.assert_close(weight_gradient, ours.weight.gradient)
    assert torch.equal(laid_out, kept)


@EVERY_ALGORITHM
def test_gradients_accumulate(algorithm: str) -> None:
    layer = Conv2d(3, 4, 3, dtype=torch.float64, algorithm=algorithm)
    image = random_tensor(2, 3, 8, 8)
    upstream = random_tensor(2, 4, 6, 6, seed=1)
    layer.forward(image)
    layer.backward(upstream)
    once = [gradient.clone() for _, gradient in layer.param()]
    layer.forward(image)
    layer.backward(upstream)
    for (_, twice), gradient in zip(layer.param(), once, strict=True):
        torch.testing.assert_close(twice, 2 * gradient)


def test_no_bias_means_one_parameter() -> None:
    layer = Conv2d(3, 4, 3, bias=False)
    assert layer.bias is None
    assert list(layer.state_dict()) == ["weight"]
