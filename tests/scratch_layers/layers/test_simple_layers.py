"""Linear, Flatten, Dropout, Softmax, GELU and ConvTranspose2d beyond what holds for all layers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from scratch_layers import (
    GELU,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    Linear,
    Sequential,
    Softmax,
    Upsampling,
)
from scratch_layers.functional.convolution import ALGORITHMS
from tests.scratch_layers.layers.test_wrong_arguments import assert_refused_alike
from tests.scratch_layers.torch_twins import assert_twins, random_tensor

SMALL = st.integers(1, 3)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(data=st.data())
def test_transposed_convolutions_equal_torch(algorithm: str, data: st.DataObject) -> None:
    groups, stride, dilation = data.draw(SMALL), data.draw(SMALL), data.draw(SMALL)
    kernel = data.draw(st.integers(1, 4))
    reach = dilation * (kernel - 1)
    arguments = {
        "in_channels": groups * data.draw(SMALL),
        "out_channels": groups * data.draw(SMALL),
        "kernel_size": kernel,
        "stride": stride,
        "padding": data.draw(st.integers(0, reach // 2)),
        "output_padding": data.draw(st.integers(0, max(stride, dilation) - 1)),
        "groups": groups,
        "bias": data.draw(st.booleans()),
        "dilation": dilation,
    }
    height, width = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    lead = data.draw(st.sampled_from([(), (1,), (3,)]))
    ours = ConvTranspose2d(**arguments, algorithm=algorithm, dtype=torch.float64)
    image = random_tensor(*lead, arguments["in_channels"], height, width)
    assert_twins(ours, nn.ConvTranspose2d(**arguments), image)


def test_a_transposed_convolution_draws_a_checkerboard_and_upsampling_does_not() -> None:
    flat = torch.ones(1, 1, 8, 8)
    stamped = ConvTranspose2d(1, 1, 3, 2, 1, 1, bias=False)
    smooth = Upsampling(1, 1, 3, 2, 1, output_padding=1, bias=False)
    for layer in (stamped, smooth):
        layer.weight.value.fill_(1.0)
    inside = (slice(None), slice(None), slice(2, -2), slice(2, -2))
    assert stamped(flat)[inside].unique().tolist() == [1.0, 2.0, 4.0]
    assert smooth(flat)[inside].unique().tolist() == [9.0]


def test_flatten_takes_the_layout_that_view_refuses() -> None:
    network = Sequential(Conv2d(3, 4, 3), Flatten(), Linear(4 * 36, 2))
    image = torch.rand(5, 3, 8, 8)
    features = network[0](image)
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        features.view(5, -1)
    torch.testing.assert_close(network[1](features), features.contiguous().view(5, -1))
    assert network(image).shape == (5, 2)


def test_dropout_leaves_out_a_share_and_keeps_the_mean() -> None:
    torch.manual_seed(2)
    layer, ones = Dropout(0.3), torch.ones(100_000)
    output = layer(ones)
    kept = output > 0
    assert abs(float(kept.float().mean()) - 0.7) < 0.01
    assert output[kept].unique().tolist() == pytest.approx([1 / 0.7])
    assert torch.equal(layer.backward(ones), output)
    assert torch.equal(layer.eval()(ones), ones)
    assert not Dropout(1.0)(ones).any()
    assert torch.equal(Dropout(0.0)(ones), ones)


@pytest.mark.parametrize("shape", [(), (4,), (2, 3, 4), (0, 3)])
def test_softmax_of_large_numbers_and_any_shape(shape: tuple[int, ...]) -> None:
    for axis in range(-max(len(shape), 1), max(len(shape), 1)):
        image = 1e4 * random_tensor(*shape)
        assert_twins(Softmax(axis), nn.Softmax(axis), image, 1e-14)


@pytest.mark.parametrize(
    ("ours", "theirs", "image", "words"),
    [
        (lambda: Linear(0, 3), None, (2, 0), "in_features .* not 0"),
        (lambda: Linear(4, 3), lambda: nn.Linear(4, 3), (2, 5), r"4 values .*\[2, 5\]"),
        (lambda: Linear(4, 3), lambda: nn.Linear(4, 3), (), r"\[\]"),
        (lambda: Linear(4, 3).to(dtype=torch.float64), None, (2, 4), "float32.*float64"),
        (lambda: Dropout(1.5), lambda: nn.Dropout(1.5), (2,), "1.5"),
        (lambda: Softmax(2), None, (2, 2), "no axis 2"),
        (lambda: GELU("fast"), None, (2,), "'fast'"),
        (lambda: Flatten(3), None, (2, 2), "axes 3 to -1"),
        (
            lambda: ConvTranspose2d(2, 2, 3, padding_mode="reflect"),
            lambda: nn.ConvTranspose2d(2, 2, 3, padding_mode="reflect"),
            (1, 2, 4, 4),
            "'reflect'",
        ),
        (
            lambda: ConvTranspose2d(2, 2, 3, output_padding=1),
            lambda: nn.ConvTranspose2d(2, 2, 3, output_padding=1),
            (1, 2, 4, 4),
            "1 is not smaller than 1",
        ),
        (
            lambda: ConvTranspose2d(2, 2, 3, padding=9),
            lambda: nn.ConvTranspose2d(2, 2, 3, padding=9),
            (1, 2, 4, 4),
            "too small",
        ),
    ],
)
def test_what_is_refused(ours: Any, theirs: Any, image: tuple[int, ...], words: str) -> None:
    numbers = torch.zeros(image)
    if theirs is None:
        with pytest.raises((ValueError, RuntimeError), match=words):
            ours()(numbers)
    else:
        assert_refused_alike(lambda: ours()(numbers), lambda: theirs()(numbers), words)
