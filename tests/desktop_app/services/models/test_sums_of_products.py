"""The sum that is shown for a value must be the value."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.models.inspection import sliding_kernel
from desktop_app.services.models.sums_of_products import (
    Part,
    input_gradient_sum,
    output_sum,
    weight_gradient_sum,
)
from desktop_app.services.models.worked_example import meetings
from scratch_layers.layers import BatchNorm2d, Conv2d, ConvTranspose2d, Linear, ReLU, Upsampling


@st.composite
def layers(draw):
    """A layer that slides a kernel, and an image that it takes."""
    torch.manual_seed(draw(st.integers(0, 99)))
    kernel, stride, dilation, padding = (
        tuple(draw(st.integers(low, high)) for _ in range(2))
        for low, high in ((1, 3), (1, 3), (1, 2), (0, 2))
    )
    image = torch.randn(1, 4, *(draw(st.integers(6, 9)) for _ in range(2)))
    if draw(st.booleans()):
        mode = draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"]))
        groups = draw(st.sampled_from([1, 2]))
        return Conv2d(4, 6, kernel, stride, padding, dilation, groups, padding_mode=mode), image
    if draw(st.booleans()):
        # A padding that cuts off no more than the kernel adds.
        padding = tuple(min(pad, side - 1) for pad, side in zip(padding, kernel, strict=True))
        return ConvTranspose2d(4, 6, kernel, stride, padding, groups=2, dilation=dilation), image
    if draw(st.booleans()):
        return Upsampling(4, 2, kernel, stride, padding, bias=False), image
    arguments = {"transposeconvargs": False, "scale_factor": (2, 3)}
    return Upsampling(4, 2, kernel, stride, padding, dilation, **arguments), image


@given(layers(), st.data())
def test_the_products_add_up_to_what_the_layer_puts_out(drawn, data):
    layer, image = drawn
    output = layer.eval()(image)[0]
    channel, row, column = (data.draw(st.integers(0, size - 1)) for size in output.shape)
    found = output_sum(sliding_kernel(layer), image[0].numpy(), channel, (row, column))
    value = float(output[channel, row, column])
    assert found.partial(len(found)) == pytest.approx(value, abs=1e-4)
    assert found.start + float(found.by_group.sum()) == pytest.approx(value, abs=1e-4)
    last = found.factors(len(found) - 1)
    before = found.partial(len(found) - 1)
    assert before + last[0] * last[1] == pytest.approx(value, abs=1e-4)


@given(layers(), st.data())
def test_the_products_add_up_to_both_gradients(drawn, data):
    layer, image = drawn
    output = layer(image)
    upstream = torch.zeros(output.shape)
    high, wide = output.shape[2:]
    top, left = data.draw(st.integers(0, high - 1)), data.draw(st.integers(0, wide - 1))
    upstream[:, :, top : top + 3, left : left + 3] = torch.randn(
        upstream[:, :, top : top + 3, left : left + 3].shape
    )
    gradient = layer.backward(upstream)[0]
    part = Part(upstream[0, :, top : top + 3, left : left + 3].numpy(), (top, left))
    kernel, given = sliding_kernel(layer), image[0].numpy()
    channel, row, column = (data.draw(st.integers(0, size - 1)) for size in gradient.shape)
    found = input_gradient_sum(kernel, part, given.shape[1:], channel, (row, column))
    made = 0 if found is None else found.partial(len(found))
    assert made == pytest.approx(float(gradient[channel, row, column]), abs=1e-4)
    weight = tuple(data.draw(st.integers(0, size - 1)) for size in kernel.weight.shape)
    found = weight_gradient_sum(kernel, part, given, weight)
    made = 0 if found is None else found.partial(len(found))
    layer.weight.value.copy_(layer.weight.gradient)
    assert made == pytest.approx(float(sliding_kernel(layer).weight[weight]), abs=1e-4)


@pytest.mark.parametrize(
    "layer",
    [
        Conv2d(1, 1, 3, 2, 1, dilation=2),
        Upsampling(1, 1, 3, stride=2, padding=1),
        ConvTranspose2d(1, 1, 3, stride=2, padding=1, output_padding=1),
    ],
    ids=repr,
)
def test_meetings_hold_all_three_sums(layer):
    image = torch.randn(1, 1, 5, 4)
    output = layer(image)
    upstream = torch.randn(output.shape)
    input_gradient = layer.backward(upstream)
    kernel = layer.weight.value[0, 0]
    made, pixels, taps = (torch.zeros(of.shape[-2:]) for of in (output, image, kernel))
    for out, tap, pixel in meetings(sliding_kernel(layer), (5, 4), tuple(output.shape[2:])):
        made[out] += image[0, 0][pixel] * kernel[tap]
        pixels[pixel] += upstream[0, 0][out] * kernel[tap]
        taps[tap] += upstream[0, 0][out] * image[0, 0][pixel]
    torch.testing.assert_close(made + layer.bias.value, output[0, 0])
    torch.testing.assert_close(pixels, input_gradient[0, 0])
    torch.testing.assert_close(taps, layer.weight.gradient[0, 0])


@pytest.mark.parametrize("layer", [ReLU(), Linear(4, 2), BatchNorm2d(4)], ids=repr)
def test_a_layer_without_a_kernel_has_none(layer):
    assert sliding_kernel(layer) is None
