"""Places of upright pictures are found again in what the camera saw."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.services.pictures.turning import place_before, turned


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_place_is_what_was_turned_to_it(orientation):
    lying = np.arange(5 * 7).reshape(5, 7)
    upright = turned(lying, orientation)
    top, left, bottom, right = place_before((1, 2, 4, 5), orientation, *upright.shape)
    part = turned(lying[top:bottom, left:right], orientation)
    assert (part == upright[1:4, 2:5]).all()
