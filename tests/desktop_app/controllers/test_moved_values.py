"""A number that a layer only moved is followed to where it came from, forwards and backwards."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.controllers.gradient_sums import PHOTO, GradientSumsController
from desktop_app.controllers.number_words import precise
from desktop_app.controllers.pointed_value import PointingController
from desktop_app.services.models import model_store
from desktop_app.services.models.backward import gradient_flow
from desktop_app.services.models.inspection import inspect_network
from scratch_layers.layers import Conv2d, NNUpsampling, Sequential
from scratch_layers.models import Denoiser, ModelCard

SIDE = 48


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(1).integers(0, 255, (SIDE, SIDE, 3), np.uint8)


@pytest.fixture(scope="module")
def report(pixels):
    return inspect_network(pixels, "random", "photo", 25.0)


def test_a_value_of_a_shuffle_names_its_place_before(report):
    pointing = PointingController()
    kinds = [layer.kind for layer in report.layers]
    for kind in ("PixelUnshuffle", "PixelShuffle"):
        index = kinds.index(kind)
        pointing.follow(report, index)
        for channel, row, column in ((0, 3, 5), (2, 7, 4)):
            pointing.point(channel, row, column)
            words = pointing.value.value.words
            place = words.split("from map ")[1].removesuffix(" of the input")
            before = [int(part.split()[-1]) - 1 for part in place.split(",")]
            value = report.layers[index].values[channel, row, column]
            assert report.given_to(index)[tuple(before)] == value
            assert words.startswith(f"{precise(value)}, moved here")


def test_a_gradient_of_a_shuffle_names_its_place_behind(report, pixels):
    flow = gradient_flow(pixels, "photo", 25.0, (1, SIDE // 2, SIDE // 2))
    sums = GradientSumsController()
    sums.follow(report, flow, PHOTO)
    sums.point(1, SIDE // 2, SIDE // 2)
    words = sums.shown.value.words
    place = words.split("from map ")[1].split(" behind PixelUnshuffle")[0]
    behind = [int(part.split()[-1]) - 1 for part in place.split(",")]
    assert words.startswith(f"{precise(flow.layers[0].part.at(*behind))}, moved back")
    assert flow.input.at(1, SIDE // 2, SIDE // 2) == pytest.approx(
        flow.layers[0].part.at(*behind), rel=1e-4
    )


def test_an_enlarged_value_gets_the_gradients_of_all_its_copies(pixels, monkeypatch):
    denoiser = Denoiser.create("paper")
    denoiser.network = Sequential(NNUpsampling(2), Conv2d(3, 3, 2, stride=2))
    loaded = denoiser, ModelCard(name="enlarging", title="Enlarging")
    monkeypatch.setattr(model_store, "load", lambda name, device: loaded)
    report = inspect_network(pixels, "random", "enlarging", 0.0)
    flow = gradient_flow(pixels, "enlarging", 0.0, (1, 10, 20))
    sums = GradientSumsController()
    sums.follow(report, flow, PHOTO)
    sums.point(2, 10, 20)
    words, total = sums.shown.value.words.replace("−", "-").split(": ")[1].split(" = ")
    copies = flow.layers[0].part
    expected = [copies.at(2, row, column) for row in (20, 21) for column in (40, 41)]
    assert [float(word) for word in words.split(" + ")] == pytest.approx(expected, rel=1e-3)
    assert float(total) == pytest.approx(sum(expected), rel=1e-3, abs=1e-6)
    pointing = PointingController()
    pointing.follow(report, 0)
    pointing.point(2, 21, 40)
    assert "from map 3, row 11, column 21 of the input" in pointing.value.value.words
