"""PSNR and SSIM where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest


def test_without_a_truth_no_figures_are_shown(app, photo):
    app.open(photo)
    app.live(0.2)
    assert app.controller.quality.measured.value is None
    assert not app.page.inspector._quality.winfo_ismapped()


def test_noise_and_denoising_are_measured_against_the_original(app, photo):
    document = app.open(photo)
    measured = app.controller.quality.measured
    app.controller.noising.add("gaussian", 25, seed=1)
    app.until(lambda: measured.value is not None)
    state = document.state.value
    difference = state.noisy.picture.samples.astype(float) - state.truth.picture.samples
    expected = 10 * np.log10(255**2 / np.mean(difference**2))
    assert measured.value.noisy.psnr == pytest.approx(expected, abs=0.01)
    assert measured.value.shown is None
    app.denoise()
    app.until(lambda: measured.value.shown is not None)
    app.page.inspector.strength.luma.scale.set(0)
    app.page.inspector.strength.colour.scale.set(0)
    app.until(lambda: measured.value.shown == measured.value.noisy)
    app.live(0.2)
    assert app.page.inspector._quality.winfo_ismapped()
