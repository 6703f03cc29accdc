"""Blurring and resizing by products with matrices."""

import pytest
import torch

from scratch_layers.data.camera.filters import gaussian_blur, resized


def test_a_blur_spreads_a_point_by_its_sigma_and_keeps_flat_pictures():
    point = torch.zeros(1, 31, 41)
    point[0, 15, 20] = 1.0
    blurred = gaussian_blur(point, 2.0)
    places = torch.arange(41.0) - 20
    assert float(blurred.sum()) == pytest.approx(1.0, abs=1e-4)
    assert float((blurred.sum(1) * places.square()).sum()) == pytest.approx(4.0, rel=0.01)
    assert torch.allclose(gaussian_blur(torch.full((2, 9, 7), 0.3), 1.5), torch.tensor(0.3))


@pytest.mark.parametrize("scale", [0.5, 0.8, 1.25, 1.5])
def test_resizing_keeps_the_middle_of_a_slope_where_it_is(scale):
    rows, columns = torch.arange(40.0).view(-1, 1), torch.arange(60.0).view(1, -1)
    picture = (2 * (rows - 19.5) + 3 * (columns - 29.5)).expand(1, 40, 60)
    result = resized(picture, 12, 16, scale)
    rows, columns = torch.arange(12.0).view(-1, 1), torch.arange(16.0).view(1, -1)
    assert torch.allclose(result[0], (2 * (rows - 5.5) + 3 * (columns - 7.5)) / scale, atol=0.05)


def test_reducing_averages_noise_away():
    noise = torch.randn(1, 128, 128, generator=torch.Generator().manual_seed(0))
    assert float(resized(noise, 64, 64, 0.5).std()) < 0.6 * float(noise.std())
