"""Measuring on a fixed set."""

import math

import pytest
import torch

from scratch_layers.data.corruption import GaussianNoise
from scratch_layers.data.sources import TensorPhotos, UnreadablePhotoError
from scratch_layers.models.denoiser import Denoiser
from scratch_layers.training.objective import Restorer, validation_loss
from scratch_layers.training.validation import centre_crop, measure, noisy_examples


class OneDamaged(TensorPhotos):
    def load(self, index):
        if index == 1:
            raise UnreadablePhotoError("damaged")
        return super().load(index)


def photos(count=3):
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (count, 3, 30, 41), generator=generator).to(torch.uint8)


def test_the_centre_is_cut_to_multiples():
    photo = torch.arange(30 * 41).view(1, 30, 41)
    assert torch.equal(centre_crop(photo, 20, 8), photo[:, 7:23, 12:28])
    assert centre_crop(photo, 100, 8).shape == (1, 24, 40)


def test_examples_are_the_same_every_time_and_leave_out_damaged_photos():
    make = [
        noisy_examples(OneDamaged(photos()), GaussianNoise(25, 25), 24, 8, seed=4) for _ in range(2)
    ]
    assert len(make[0]) == 2
    for one, other in zip(*make, strict=True):
        assert torch.equal(one.noisy, other.noisy)
        assert one.sigma == pytest.approx(25 / 255)
        noise = one.noisy - one.target
        assert float(noise.std()) == pytest.approx(25 / 255, rel=0.1)


def test_a_network_that_changes_nothing_has_the_figures_of_the_noise():
    denoiser = Denoiser.create("photo-unet", {"widths": [4], "blocks": 1})
    for value, _ in denoiser.network.param():
        value.zero_()
    denoiser.network.eval()
    examples = noisy_examples(TensorPhotos(photos()), GaussianNoise(5, 5), 24, 8, seed=4)
    result = measure(Restorer(denoiser), examples, torch.device("cpu"))
    assert result.psnr == pytest.approx(20 * math.log10(255 / 5), abs=0.3)
    assert result.loss == pytest.approx(10 ** (-result.psnr / 10), rel=0.02)
    assert 0.9 < result.ssim < 1
    absolute = measure(
        Restorer(denoiser), examples, torch.device("cpu"), validation_loss("supervised", "l1")
    )
    # The mean size of normal noise is its deviation times the root of 2 / pi.
    assert absolute.loss == pytest.approx(5 / 255 * math.sqrt(2 / math.pi), rel=0.02)
    assert absolute.psnr == result.psnr


def test_no_examples_have_no_figures():
    denoiser = Denoiser.create("photo-unet", {"widths": [4], "blocks": 1})
    result = measure(Restorer(denoiser), [], torch.device("cpu"))
    assert math.isnan(result.psnr)
