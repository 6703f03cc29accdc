"""A tiny network must learn from a photo or thumbnails while watched, and say when it cannot."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from desktop_app.controllers.live_training import explain
from desktop_app.services.training import live_training
from desktop_app.services.training.live_pictures import LivePictures, middle_of_photo
from desktop_app.services.training.live_training import LiveLearner, build
from desktop_app.services.training.live_update import NETWORKS, LiveSettings
from scratch_layers import BatchNorm2d, Conv2d, ConvTranspose2d, ReLU, Residual, Sequential


@pytest.fixture
def pictures():
    """A smooth picture with an edge."""
    rows, columns = np.mgrid[0:32, 0:40]
    planes = np.stack([6 * columns, 7 * rows, np.where(columns > 20, 200, 60)], axis=-1)
    return middle_of_photo(planes.clip(0, 255).astype(np.uint8))


def test_the_papers_network_is_one_of_them():
    sizes = [sum(value.numel() for value, _ in build(name).param()) for name in NETWORKS]
    assert sizes == [1320, 336 + 327, 336 + 1308 + 327]


def test_it_learns_and_follows_its_settings(pictures, monkeypatch):
    torch.manual_seed(2)
    settings = LiveSettings(rate=0.1, batch=4, layer=0)
    losses, norms = [], []
    for update in LiveLearner(pictures, build(NETWORKS[1]), settings).learn():
        losses += update.losses
        norms.append(update.norms)
        assert update.step == len(losses)
        if len(norms) == 2:
            settings.layer, settings.sigma_255 = 2, 0.0
        if len(losses) > 150:
            break
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) / 2
    assert [name for name, _ in norms[-1]] == ["0", "2"]
    assert update.maps.shape == (3, 32, 40)
    assert update.learned == 1
    np.testing.assert_array_equal(update.noisy, update.clean)
    error = ((update.denoised.astype(float) - update.clean) / 255) ** 2
    assert update.psnr == pytest.approx(-10 * np.log10(error.mean()), abs=0.1)


def test_every_layer_that_learns_shows_its_gradient(pictures, monkeypatch):
    inner = Residual(Sequential(Conv2d(4, 4, 1), ReLU()))
    network = Sequential(
        ConvTranspose2d(3, 4, 3, padding=1), BatchNorm2d(4), inner, Conv2d(4, 3, 1)
    )
    learner = LiveLearner(pictures, network, LiveSettings(batch=2))
    before = learner.look()
    assert before.step == 0
    assert all(norm == 0 for _, norm in before.norms)
    update = next(learner.learn())
    assert [name for name, _ in update.norms] == ["0", "1", "2.body.0", "3"]
    assert all(norm > 0 for _, norm in update.norms)
    assert update.kernels.shape == (4, 3, 3, 3)


@pytest.mark.parametrize(
    ("network", "rate", "trouble"), [(NETWORKS[1], 50.0, "diverged"), (NETWORKS[0], 1e6, "stuck")]
)
def test_what_cannot_learn_ends_with_its_reason(pictures, network, rate, trouble):
    torch.manual_seed(2)
    settings = LiveSettings(rate=rate, batch=2)
    updates = list(LiveLearner(pictures, build(network), settings).learn())
    assert [update.trouble for update in updates] == [""] * (len(updates) - 1) + [trouble]
    losses = [loss for update in updates for loss in update.losses]
    words = explain(updates[-1], settings, losses)
    assert words.lower().startswith(f"{trouble} at step {len(losses)}")
    assert f"{rate:.3g}" in words


def test_layers_that_no_gradient_reaches_are_named(pictures):
    network = build(NETWORKS[1])
    network[0].bias.value.fill_(-100.0)
    settings = LiveSettings(batch=2)
    *_, last = LiveLearner(pictures, network, settings).learn()
    assert last.trouble == "stuck"
    assert last.step == live_training.PATIENCE
    assert "no gradient reaches layer 0" in explain(last, settings, [1.0])


def test_one_noisy_shot_of_a_thumbnail_predicts_another(pictures):
    torch.manual_seed(2)
    level = torch.arange(8) * 30 + 20
    flat = level[:, None, None, None].expand(-1, 3, 32, 32).to(torch.uint8)
    settings = LiveSettings(rate=0.1, batch=8, sigma_255=51.0)
    pairs = LivePictures(flat[::2], flat[1::2], in_pairs=True)
    losses = []
    for update in LiveLearner(pairs, build(NETWORKS[1]), settings).learn():
        losses += update.losses
        if len(losses) > 300:
            break
    # What cannot be predicted is the noise of the target.
    assert 0.2**2 < np.mean(losses[-50:]) < 2 * 0.2**2
    assert update.psnr > update.psnr_before + 3
    assert update.noisy.shape == update.denoised.shape == update.clean.shape == (4, 32, 32, 3)
    assert update.maps.shape == (12, 64, 64)
    assert update.learned == 4
