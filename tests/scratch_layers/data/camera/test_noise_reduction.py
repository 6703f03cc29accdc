"""A camera's own noise reduction."""

import torch

from scratch_layers.data.camera.finishing import NoiseReduction
from scratch_layers.data.jpeg import to_ycbcr
from scratch_layers.data.seeding import derived_generator


def noise_left(reduction):
    target = torch.linspace(0.3, 0.7, 24).expand(3, 20, 24)
    noisy = target + 0.02 * torch.randn(3, 20, 24, generator=derived_generator(0))
    left = to_ycbcr(reduction(target, noisy) - target)
    return (left / to_ycbcr(noisy - target).std((1, 2), keepdim=True)).std((1, 2))


def test_luma_and_chroma_noise_are_smoothed_each_on_its_own():
    luma, *chroma = noise_left(NoiseReduction(luma_strength=1.0, luma_sigma=1.5)).tolist()
    assert luma < 0.3
    assert min(chroma) > 0.99
    luma, *chroma = noise_left(NoiseReduction(chroma_sigma=1.5)).tolist()
    assert luma > 0.99
    assert max(chroma) < 0.3


def test_noise_may_be_left_in_luma_or_chroma_alone():
    luma, *chroma = noise_left(NoiseReduction(keeps_chroma=False)).tolist()
    assert luma > 0.99
    assert max(chroma) < 1e-5
    luma, *chroma = noise_left(NoiseReduction(keeps_luma=False)).tolist()
    assert luma < 1e-5
    assert min(chroma) > 0.99


def test_a_quarter_of_the_cameras_leave_noise_as_it_is():
    drawn = [NoiseReduction.draw(derived_generator(seed)) for seed in range(200)]
    assert 30 < drawn.count(NoiseReduction()) < 70
    assert all(one.keeps_luma or one.keeps_chroma for one in drawn)
