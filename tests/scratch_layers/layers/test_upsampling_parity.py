"""Upsampling against its definition written in torch: repeat the pixels, pad or crop, convolve."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor, nn

from scratch_layers import Conv2d, NNUpsampling, Upsampling
from scratch_layers.functional.convolution import ALGORITHMS
from tests.scratch_layers.torch_twins import (
    assert_equal_passes,
    assert_twins,
    our_pass,
    random_tensor,
)

EVERY_ALGORITHM = pytest.mark.parametrize("algorithm", ALGORITHMS)
Pair = tuple[int, int]


class TwoSteps(nn.Module):
    """The definition: enlarge, pad (a negative number crops), convolve."""

    def __init__(self, scale: Pair, sides: tuple[int, ...], convolution: nn.Conv2d) -> None:
        super().__init__()
        self.scale, self.sides = scale, sides
        self.weight, self.bias = convolution.weight, convolution.bias
        self.stride, self.dilation = convolution.stride, convolution.dilation

    def forward(self, image: Tensor) -> Tensor:
        rows, columns = self.scale
        large = image.repeat_interleave(rows, -2).repeat_interleave(columns, -1)
        top, bottom, left, right = self.sides
        padded = nn.functional.pad(large, (left, right, top, bottom))
        return nn.functional.conv2d(
            padded, self.weight, self.bias, self.stride, dilation=self.dilation
        )


def pairs(lowest: int, highest: int) -> st.SearchStrategy[Pair]:
    return st.tuples(st.integers(lowest, highest), st.integers(lowest, highest))


def shape_of(image: tuple[int, ...], batch: int | None) -> tuple[int, ...]:
    return image if batch is None else (batch, *image)


@EVERY_ALGORITHM
@given(
    kernel=pairs(1, 4),
    scale=pairs(1, 4),
    padding=pairs(0, 3),
    dilation=pairs(1, 3),
    extra=pairs(0, 3),
    size=pairs(1, 6),
    batch=st.sampled_from([None, 0, 1, 2]),
    bias=st.booleans(),
)
def test_arguments_of_a_transposed_convolution(
    algorithm: str,
    kernel: Pair,
    scale: Pair,
    padding: Pair,
    dilation: Pair,
    extra: Pair,
    size: Pair,
    batch: int | None,
    bias: bool,
) -> None:
    output_padding = tuple(extra[i] % max(scale[i], dilation[i]) for i in (0, 1))
    before = [dilation[i] * (kernel[i] - 1) - padding[i] for i in (0, 1)]
    after = [before[i] - (scale[i] - 1) + output_padding[i] for i in (0, 1)]
    reach = [dilation[i] * (kernel[i] - 1) + 1 for i in (0, 1)]
    assume(all(size[i] * scale[i] + before[i] + after[i] >= reach[i] for i in (0, 1)))
    ours = Upsampling(
        3, 2, kernel, scale, padding, dilation, bias, output_padding,
        dtype=torch.float64, algorithm=algorithm,
    )  # fmt: skip
    plain = nn.Conv2d(3, 2, kernel, dilation=dilation, bias=bias)
    theirs = TwoSteps(scale, (before[0], after[0], before[1], after[1]), plain)
    assert_twins(ours, theirs, random_tensor(*shape_of((3, *size), batch)))


@EVERY_ALGORITHM
@given(
    kernel=pairs(1, 5),
    scale=pairs(1, 4),
    stride=pairs(1, 3),
    padding=pairs(0, 4),
    dilation=pairs(1, 3),
    size=pairs(1, 6),
    batch=st.sampled_from([None, 0, 1, 2]),
    bias=st.booleans(),
)
def test_arguments_of_the_convolution_that_follows(
    algorithm: str,
    kernel: Pair,
    scale: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    size: Pair,
    batch: int | None,
    bias: bool,
) -> None:
    reach = [dilation[i] * (kernel[i] - 1) + 1 for i in (0, 1)]
    assume(all(size[i] * scale[i] + 2 * padding[i] >= reach[i] for i in (0, 1)))
    ours = Upsampling(
        2, 3, kernel, stride, padding, dilation, bias,
        transposeconvargs=False, scale_factor=scale, dtype=torch.float64, algorithm=algorithm,
    )  # fmt: skip
    plain = nn.Conv2d(2, 3, kernel, stride, dilation=dilation, bias=bias)
    theirs = TwoSteps(scale, (padding[0], padding[0], padding[1], padding[1]), plain)
    assert_twins(ours, theirs, random_tensor(*shape_of((2, *size), batch)))


@EVERY_ALGORITHM
@pytest.mark.parametrize(
    ("channels", "shape"),
    [
        pytest.param((8, 8), (2, 8, 90, 61), id="several chunks"),
        pytest.param((36, 33), (1, 36, 24, 31), id="wide"),
        pytest.param((3, 4), (80, 3, 9, 7), id="several images a chunk"),
    ],
)
def test_large_images(algorithm: str, channels: Pair, shape: tuple[int, ...]) -> None:
    ours = Upsampling(
        *channels, 3, padding=1, transposeconvargs=False, scale_factor=2, algorithm=algorithm
    )
    plain = nn.Conv2d(*channels, 3)
    assert_twins(ours, TwoSteps((2, 2), (1, 1, 1, 1), plain), random_tensor(*shape))


def test_equals_its_two_layers_one_after_the_other() -> None:
    joined = Upsampling(
        3, 5, 3, padding=1, transposeconvargs=False, scale_factor=(2, 3), dtype=torch.float64
    )
    enlarge, convolve = NNUpsampling((2, 3)), Conv2d(3, 5, 3, padding=1, dtype=torch.float64)
    convolve.load_state_dict(joined.state_dict())
    image, upstream = random_tensor(2, 3, 5, 7), random_tensor(2, 5, 10, 21, seed=1)
    torch.testing.assert_close(joined(image), convolve(enlarge(image)))
    found = joined.backward(upstream)
    torch.testing.assert_close(found, enlarge.backward(convolve.backward(upstream)))
    for (_, ours), (_, theirs) in zip(joined.param(), convolve.param(), strict=True):
        torch.testing.assert_close(ours, theirs)


def output_size(layer: Any, size: Pair) -> Pair | None:
    """The size, or None where nothing would be left; torch may return an image without pixels."""
    try:
        found = tuple(layer(torch.zeros(1, 1, *size)).shape[2:])
    except RuntimeError:
        return None
    return found if all(found) else None


def test_output_sizes_are_those_of_conv_transpose2d() -> None:
    """All small arguments; two of them at once, one for the rows and one for the columns."""
    along_an_axis = [
        (kernel, stride, padding, dilation, extra)
        for kernel, stride, padding, dilation in itertools.product(
            range(1, 6), range(1, 6), range(5), range(1, 4)
        )
        for extra in range(max(stride, dilation))
    ]
    assert len(along_an_axis) > 1000
    others = random.Random(0).sample(along_an_axis, len(along_an_axis))
    refused = 0
    with torch.no_grad():
        sizes = itertools.cycle([(1, 3), (4, 2)])
        for vertical, horizontal, size in zip(along_an_axis, others, sizes, strict=False):
            kernel, stride, padding, dilation, extra = zip(vertical, horizontal, strict=True)
            theirs = nn.ConvTranspose2d(1, 1, kernel, stride, padding, extra, dilation=dilation)
            ours = Upsampling(1, 1, kernel, stride, padding, dilation, output_padding=extra)
            expected = output_size(theirs, size)
            assert output_size(ours, size) == expected, (vertical, horizontal, size)
            refused += expected is None
    assert 0 < refused < len(along_an_axis)


def test_defaults_are_those_of_conv_transpose2d() -> None:
    image = torch.zeros(2, 4, 8, 9)
    assert Upsampling(4, 6, 3)(image).shape == nn.ConvTranspose2d(4, 6, 3)(image).shape


@pytest.mark.parametrize("scale", [1, 2, 3, (2, 3), (1, 4), [3, 1]])
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (3, 4, 5), (0, 3, 4, 5), (1, 1, 1, 1)])
def test_nearest_neighbours_equal_torch(scale: Any, shape: tuple[int, ...]) -> None:
    factors = tuple(scale) if isinstance(scale, list) else scale

    class Repeat(nn.Module):
        def forward(self, image: Tensor) -> Tensor:
            batch = image if image.ndim == 4 else image[None]
            if not len(batch):
                rows, columns = factors if isinstance(factors, tuple) else (factors, factors)
                return batch.repeat_interleave(rows, -2).repeat_interleave(columns, -1)
            large = nn.functional.interpolate(batch, scale_factor=factors, mode="nearest")
            return large if image.ndim == 4 else large[0]

    assert_twins(NNUpsampling(scale), Repeat(), random_tensor(*shape))


@pytest.mark.parametrize("layout", ["channels last", "cropped", "expanded"])
def test_any_memory_layout(layout: str) -> None:
    laid_out = {
        "channels last": random_tensor(2, 4, 6, 5).contiguous(memory_format=torch.channels_last),
        "cropped": random_tensor(3, 6, 9, 11)[1:, 1:5, 2:8, 3:8],
        "expanded": random_tensor(1, 4, 1, 5).expand(2, 4, 6, 5),
    }[layout]
    for layer in (
        NNUpsampling(2),
        Upsampling(4, 4, 3, 2, 1, output_padding=1, dtype=torch.float64),
    ):
        upstream = random_tensor(2, 4, 12, 10, seed=1)
        expected = our_pass(layer, laid_out.contiguous(), upstream)
        other = upstream.contiguous(memory_format=torch.channels_last)
        assert_equal_passes(our_pass(layer, laid_out, other), expected, 1e-12)
