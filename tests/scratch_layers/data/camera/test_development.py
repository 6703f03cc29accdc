"""From sensor values to a photo, and back."""

import pytest
import torch

from scratch_layers.data.camera.development import BT709, SRGB, Camera
from scratch_layers.data.seeding import derived_generator


def test_transfer_functions_have_their_standard_values_and_inverses():
    light = torch.tensor([0.0, 0.002, 0.18, 0.5, 1.0])
    srgb, bt709 = [0.0, 0.02584, 0.46135, 0.73536, 1.0], [0.0, 0.009, 0.40901, 0.70552, 1.0]
    for transfer, photo in ((SRGB, srgb), (BT709, bt709)):
        assert transfer.to_photo(light).tolist() == pytest.approx(photo, abs=1e-4)
        back = transfer.to_light(transfer.to_photo(light))
        assert back.tolist() == pytest.approx(light.tolist(), abs=1e-6)


def test_developing_undoes_undeveloping():
    photos = 0.25 + 0.2 * torch.rand(2, 3, 5, 6, generator=derived_generator(0))
    for seed in range(10):
        camera = Camera.draw(derived_generator(seed))
        assert torch.allclose(camera.develop(camera.undevelop(photos)), photos, atol=2e-4)


def test_light_gains_darken_and_clip():
    camera = Camera(2.0, 1.5, 1.2, 0.0, SRGB, 1.0, has_tone_curve=False)
    photo = torch.tensor([0.2, 0.5, 0.9]).view(3, 1, 1)
    light = SRGB.to_light(photo)
    for darkened in (
        camera.develop(camera.undevelop(photo, 0.25)),
        camera.develop(camera.undevelop(photo), 0.25),
    ):
        assert torch.allclose(SRGB.to_light(darkened), light / 4, atol=1e-5)
    bright = camera.develop(camera.undevelop(photo, 2.0))
    assert torch.allclose(SRGB.to_light(bright), (2 * light).clamp(max=1), atol=1e-5)


def test_white_balance_covers_daylight_and_lamps():
    cameras = [Camera.draw(derived_generator(seed)) for seed in range(200)]
    reds = sorted(camera.red_gain for camera in cameras)
    assert reds[10] < 1.6 < 2.2 == pytest.approx(reds[100], rel=0.1)
    assert reds[-10] > 2.9
