"""Padding against torch.nn.functional.pad, and its derivative against autograd's."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scratch_layers.errors import ShapeError
from scratch_layers.functional.geometry import Sides
from scratch_layers.functional.padding import PADDING_MODES, pad, pad_backward
from tests.scratch_layers.torch_twins import random_tensor

EVERY_MODE = pytest.mark.parametrize("mode", PADDING_MODES)
TORCH_NAMES = {"zeros": "constant"}


@EVERY_MODE
@given(data=st.data())
def test_padding_and_its_gradient_equal_torch(mode: str, data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    limits = {
        "reflect": (height - 1, width - 1),
        "circular": (height, width),
    }.get(mode, (9, 9))
    top, bottom = (data.draw(st.integers(0, limits[0])) for _ in range(2))
    left, right = (data.draw(st.integers(0, limits[1])) for _ in range(2))
    image = random_tensor(data.draw(st.integers(0, 2)), 3, height, width)

    padded = pad(image, (top, bottom, left, right), mode)
    upstream = random_tensor(*padded.shape, seed=1)
    gradient = pad_backward(upstream, (top, bottom, left, right), mode)

    image.requires_grad_()
    name = TORCH_NAMES.get(mode, mode)
    expected = torch.nn.functional.pad(image, (left, right, top, bottom), mode=name)
    expected.backward(upstream)
    assert torch.equal(padded, expected.detach())
    torch.testing.assert_close(gradient, image.grad, rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("mode", "padding", "words"),
    [
        ("reflect", (4, 0, 0, 0), "at most 3 pixels .* size 4, not 4"),
        ("reflect", (0, 0, 0, 5), "at most 4 pixels .* size 5, not 5"),
        ("circular", (0, 5, 0, 0), "at most 4 pixels .* size 4, not 5"),
        ("circular", (0, 0, 6, 0), "at most 5 pixels .* size 5, not 6"),
    ],
)
def test_padding_that_the_image_is_too_small_for(mode: str, padding: Sides, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        pad(torch.zeros(1, 1, 4, 5), padding, mode)


@EVERY_MODE
def test_input_and_gradient_are_left_alone(mode: str) -> None:
    image, upstream = random_tensor(1, 2, 4, 4), random_tensor(1, 2, 8, 8)
    kept_image, kept_upstream = image.clone(), upstream.clone()
    pad(image, (2, 2, 2, 2), mode)
    pad_backward(upstream, (2, 2, 2, 2), mode)
    assert torch.equal(image, kept_image)
    assert torch.equal(upstream, kept_upstream)
