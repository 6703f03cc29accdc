"""The window offers exactly the kinds of noise that the service has, within their ranges."""

from __future__ import annotations

from desktop_app.controllers.noising import NOISE_CHOICES
from desktop_app.services.denoising.noising import PICTURE_NOISES


def test_every_kind_is_offered():
    assert {choice.name for choice in NOISE_CHOICES} == set(PICTURE_NOISES)


def test_the_offered_levels_are_allowed():
    for choice in NOISE_CHOICES:
        kind = PICTURE_NOISES[choice.name]
        assert kind.minimum <= choice.lowest < choice.usual < choice.highest <= kind.maximum
        assert choice.usual == kind.default
