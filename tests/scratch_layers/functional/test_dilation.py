"""The phases of dilated convolutions, against the definition of the whole."""

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from scratch_layers.functional import convolution
from scratch_layers.functional.fast import tuning
from scratch_layers.functional.fast.dilation import Phases
from scratch_layers.functional.geometry import Geometry
from scratch_layers.functional.plain import convolution as plain
from tests.scratch_layers.torch_twins import random_tensor

PAIRS = st.tuples(st.integers(1, 4), st.integers(1, 4))


@given(
    size=st.tuples(st.integers(3, 20), st.integers(3, 20)),
    kernel=st.tuples(st.sampled_from([3, 5]), st.integers(1, 3)),
    stride=PAIRS,
    dilation=PAIRS,
    padding=st.tuples(*[st.integers(0, 4)] * 4),
    batch=st.integers(0, 2),
)
def test_phases_are_the_dilated_convolution(
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: tuple[int, int, int, int],
    batch: int,
) -> None:
    top, bottom, left, right = padding
    assume(size[0] + top + bottom > dilation[0] * (kernel[0] - 1))
    assume(size[1] + left + right > dilation[1] * (kernel[1] - 1))
    geometry = Geometry.of(size, kernel, stride, dilation, padding)
    image, weight = random_tensor(batch, 3, *size), random_tensor(8, 3, *kernel, seed=1)
    upstream, bias = random_tensor(batch, 8, *geometry.output_size, seed=2), random_tensor(8)
    phases = Phases(geometry)
    assert phases.geometry.dilation == (1, 1)
    parts, sent = phases.inputs(image), phases.outputs(upstream)
    output, by_input = torch.full_like(upstream, torch.nan), torch.full_like(image, torch.nan)
    phases.join_outputs(plain.forward(parts, weight, bias, phases.geometry), output)
    phases.join_inputs(plain.input_gradient(sent, weight, phases.geometry), by_input)
    by_weight = plain.weight_gradient(parts, sent, phases.geometry)
    for found, expected in (
        (output, plain.forward(image, weight, bias, geometry)),
        (by_input, plain.input_gradient(upstream, weight, geometry)),
        (by_weight, plain.weight_gradient(image, upstream, geometry)),
    ):
        torch.testing.assert_close(found, expected)


@given(stride=st.integers(1, 2), dilation=st.integers(2, 3), kernel=st.sampled_from([3, 5]))
def test_layers_take_them(stride: int, dilation: int, kernel: int) -> None:
    geometry = Geometry.of((25, 23), (kernel,) * 2, (stride,) * 2, (dilation,) * 2, (2, 1, 0, 3))
    image, weight = random_tensor(2, 9, 25, 23), random_tensor(8, 9, kernel, kernel, seed=1)
    upstream = random_tensor(2, 8, *geometry.output_size, seed=2)
    results = []
    for algorithm in ("auto", "reference"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tuning, "FEW_PIXELS", 1)
            patch.setattr(tuning, "PHASE_SIZE", 1)
            results.append(
                (
                    convolution.forward(image, weight, None, geometry, 1, algorithm),
                    *convolution.gradients(image, upstream, weight, geometry, 1, algorithm),
                )
            )
    for found, expected in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
