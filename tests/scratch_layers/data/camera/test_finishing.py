"""What is done to a developed photo."""

import torch

from scratch_layers.data.camera.finishing import Finishing, median_3x3
from scratch_layers.data.jpeg import to_ycbcr
from scratch_layers.data.seeding import derived_generator


def random_photo():
    return 0.3 + 0.4 * torch.rand(2, 3, 16, 18, generator=derived_generator(1))


def change_of(finishing):
    before = random_photo()
    after = finishing(before)
    return to_ycbcr(before), to_ycbcr(after)


def test_a_photo_may_be_left_as_it_is():
    photo = random_photo()
    assert torch.equal(Finishing()(photo), photo)


def test_chroma_blur_leaves_luma_alone():
    before, after = change_of(Finishing(chroma_sigma=2.0))
    assert torch.allclose(after[:, 0], before[:, 0], atol=1e-5)
    assert float(after[:, 1:].std()) < float(before[:, 1:].std()) / 3


def test_sharpening_strengthens_and_a_median_weakens_detail_of_luma_alone():
    sharp = change_of(Finishing(sharpening=0.5))
    soft = change_of(Finishing(luma_median=1.0))
    for before, after in (sharp, soft):
        assert torch.allclose(after[:, 1:], before[:, 1:], atol=1e-5)
    assert float(sharp[1][:, 0].std()) > 1.2 * float(sharp[0][:, 0].std())
    assert float(soft[1][:, 0].std()) < 0.7 * float(soft[0][:, 0].std())


def test_a_median_removes_single_pixels_and_keeps_edges():
    plane = torch.zeros(1, 9, 9)
    plane[:, :, 5:] = 1.0
    spotted = plane.clone()
    spotted[0, 4, 2] = 1.0
    assert torch.equal(median_3x3(spotted), plane)


def test_photos_are_made_gray():
    gray = Finishing(colourfulness=0.0)(random_photo())
    assert torch.equal(gray[:, 0], gray[:, 1])
    assert torch.equal(gray[:, 0], gray[:, 2])


def test_some_drawn_photos_are_gray_and_most_are_not():
    factors = [Finishing.draw(derived_generator(seed)).colourfulness for seed in range(300)]
    assert 8 < factors.count(0.0) < 40
    assert factors.count(1.0) > 240
    assert any(0 < factor < 0.4 for factor in factors)
