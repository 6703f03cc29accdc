"""Windows into an image and its mirrors, against numpy's reflecting padding."""

from __future__ import annotations

import numpy
import torch
from hypothesis import given
from hypothesis import strategies as st

from scratch_layers.models.network_input import reflected_window


@given(
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    top=st.integers(-15, 5),
    left=st.integers(-15, 5),
    rows=st.integers(1, 25),
    columns=st.integers(1, 25),
)
def test_window_equals_a_cut_from_the_padded_image(
    height: int, width: int, top: int, left: int, rows: int, columns: int
) -> None:
    image = torch.arange(2.0 * height * width).reshape(1, 2, height, width)
    room = 60
    everything = numpy.pad(image.numpy(), [(0, 0), (0, 0), (room, room), (room, room)], "reflect")
    expected = everything[:, :, room + top : room + top + rows, room + left : room + left + columns]
    window = reflected_window(image, top, left, top + rows, left + columns)
    assert numpy.array_equal(window.numpy(), expected)


def test_a_window_inside_the_image_is_a_view() -> None:
    image = torch.zeros(1, 3, 8, 8)
    reflected_window(image, 2, 3, 5, 7).fill_(1)
    assert image.sum() == 3 * 3 * 4
