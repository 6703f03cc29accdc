"""Colour filters over the pixels, and the interpolation of what they keep away."""

import pytest
import torch

from scratch_layers.data.camera.mosaic import Interpolation, demosaic_bayer, demosaic_xtrans

PHASES = [(0, 0), (0, 1), (1, 0), (1, 1)]
INTERPOLATIONS = [*Interpolation]


def random_sensor(height=8, width=10):
    return torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_demosaicing_keeps_what_the_filter_let_through(phase, interpolation):
    sensor = random_sensor()
    seen = demosaic_bayer(sensor, phase, interpolation)
    top, left = phase
    below, beside = 1 - top, 1 - left
    for colour, rows, columns in (
        (0, top, left),
        (2, below, beside),
        (1, top, beside),
        (1, below, left),
    ):
        part = (..., colour, slice(rows, None, 2), slice(columns, None, 2))
        assert torch.equal(seen[part], sensor[part])


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_demosaicing_is_exact_on_gray_slopes(phase, interpolation):
    rows, columns = torch.arange(10.0).view(-1, 1), torch.arange(12.0).view(1, -1)
    sensor = (rows * 2 + columns * 3 + 1).expand(3, 10, 12)
    inner = (slice(None), slice(2, -2), slice(2, -2))
    assert torch.allclose(demosaic_bayer(sensor, phase, interpolation)[inner], sensor[inner])


def test_corrected_gradients_are_those_of_the_paper():
    # One red pixel alone: the weights with which it enters the estimates around it.
    sensor = torch.zeros(3, 9, 9)
    sensor[0, 4, 4] = 8.0
    seen = demosaic_bayer(sensor, (0, 0), Interpolation.GRADIENT_CORRECTED)
    assert seen[:, 4, 4].tolist() == [8.0, 4.0, 6.0]
    assert seen[:, 4, 5].tolist() == [4.0, 0.0, 0.0]
    assert seen[:, 5, 5].tolist() == [2.0, 0.0, 0.0]
    assert seen[:, 4, 6].tolist() == [0.0, -1.0, -1.5]
    flat = torch.tensor([0.2, 0.5, 0.7]).view(3, 1, 1).expand(3, 9, 9)
    assert torch.allclose(demosaic_bayer(flat, (0, 0), Interpolation.BILINEAR), flat)


def test_gradient_correction_is_closer_to_the_truth_of_gray_detail():
    rows, columns = torch.arange(24.0).view(-1, 1), torch.arange(24.0).view(1, -1)
    sensor = (0.5 + 0.3 * (rows + 0.7 * columns).sin()).expand(3, 24, 24)
    plain, corrected = (
        float((demosaic_bayer(sensor, (0, 0), kind) - sensor).square().mean())
        for kind in INTERPOLATIONS
    )
    assert corrected < plain / 2


@pytest.mark.parametrize("phase", [(0, 0), (3, 5)])
def test_an_xtrans_filter_keeps_flat_colours_and_one_value_of_three(phase):
    flat = torch.tensor([0.2, 0.5, 0.7]).view(3, 1, 1).expand(3, 12, 18)
    assert torch.allclose(demosaic_xtrans(flat, phase), flat)
    sensor = random_sensor(12, 18)
    seen = demosaic_xtrans(sensor, phase) == sensor
    assert seen.sum((-2, -1)).tolist() == [[48, 120, 48]] * 2
    assert bool((seen.sum(1) == 1).all())
