"""Denoisers take any image and noise level, and refuse what is neither."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ArgumentTypeError, ShapeError
from scratch_layers.models import ARCHITECTURES, Denoiser, architecture
from scratch_layers.models.network_input import with_noise_level
from scratch_layers.module import Module
from scratch_layers.symmetries import apply_symmetry, undo_symmetry

SMALL = {
    "photo-unet": {"widths": [4, 6, 8], "blocks": 1},
    "mosaic-unet": {"widths": [4, 6, 8], "blocks": 1},
    "paper": {},
    "miniproject": {"widths": [4, 6], "blocks": 1},
    "plain": {"widths": [4]},
}


@pytest.fixture(params=sorted(ARCHITECTURES))
def denoiser(request: pytest.FixtureRequest) -> Denoiser:
    torch.manual_seed(0)
    return Denoiser.create(request.param, SMALL[request.param])


class Recorder(Module):
    """Stands for a network: remembers its input and returns a constant."""

    def __init__(self, constant: float) -> None:
        super().__init__()
        self.constant = constant
        self.seen: list[Tensor] = []

    def forward(self, input: Tensor) -> Tensor:
        self.seen.append(input)
        return torch.full_like(input[:, :3], self.constant)


def recording(name: str, constant: float) -> tuple[Denoiser, Recorder]:
    denoiser = Denoiser.create(name, SMALL[name])
    assert denoiser.size_multiple > 1
    recorder = Recorder(constant)
    # Device and dtype are still read off a real parameter.
    recorder.parameter = next(p for _, p in denoiser.network.named_parameters())  # type: ignore[attr-defined]
    denoiser.network = recorder
    return denoiser, recorder


@pytest.mark.parametrize("passes", [2, 8])
def test_several_passes_average_over_the_symmetries_of_an_image(passes) -> None:
    torch.manual_seed(3)
    symmetries = range(passes)
    denoiser = Denoiser.create("photo-unet", SMALL["photo-unet"]).to(dtype=torch.float64)
    image = torch.rand(1, 3, 16, 24, dtype=torch.float64)
    level = torch.rand(1, 1, 16, 24) / 5
    turns = [
        denoiser.denoise(apply_symmetry(image, turn), apply_symmetry(level, turn))
        for turn in symmetries
    ]
    pairs = zip(turns, symmetries, strict=True)
    mean = sum(undo_symmetry(turned, turn) for turned, turn in pairs) / len(turns)
    denoiser.passes = passes
    torch.testing.assert_close(denoiser.denoise(image, level), mean)
    assert not torch.equal(mean, turns[0])


class Places(Module):
    """Stands for a network that treats red, green and blue places each in its way."""

    def forward(self, input: Tensor) -> Tensor:
        rows, columns = (size // 2 for size in input.shape[2:])
        return input[:, :1] * torch.tensor([[0.1, 0.2], [0.2, 0.3]]).repeat(rows, columns)


def test_a_mosaic_begins_with_red_in_every_pass() -> None:
    denoiser = Denoiser.create("mosaic-unet", SMALL["mosaic-unet"])
    places = Places()
    places.parameter = next(p for _, p in denoiser.network.named_parameters())  # type: ignore[attr-defined]
    assert denoiser.size_multiple == 8
    denoiser.network = places
    image = torch.rand(1, 1, 21, 14)
    once = denoiser.denoise(image, 0.1)
    denoiser.passes = 8
    torch.testing.assert_close(denoiser.denoise(image, 0.1), once)


def test_passes_beyond_the_symmetries_are_refused() -> None:
    made = Denoiser.create("plain", SMALL["plain"])
    with pytest.raises(ArgumentError, match="1 to 8 passes, not 9"):
        Denoiser(made.architecture, made.configuration, made.network, passes=9)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 9), (2, 3), (5, 1), (8, 8), (13, 27)])
def test_any_size_keeps_its_size(denoiser: Denoiser, height: int, width: int) -> None:
    image = torch.rand(2, denoiser.architecture.channels, height, width)
    clean = denoiser.denoise(image, 0.1)
    assert clean.shape == image.shape
    assert bool(clean.isfinite().all())


def test_predicted_noise_is_subtracted_and_a_predicted_image_returned() -> None:
    image = torch.rand(1, 3, 5, 6)
    noise_predictor, _ = recording("photo-unet", 0.25)
    torch.testing.assert_close(noise_predictor.denoise(image, 0.1), image - 0.25)
    image_predictor, _ = recording("paper", 0.25)
    torch.testing.assert_close(image_predictor.denoise(image, 0.1), torch.full_like(image, 0.25))


@pytest.mark.parametrize("architecture", ["photo-unet", "paper"])
def test_the_clean_image_may_be_changed(architecture: str) -> None:
    denoiser, _ = recording(architecture, 0.25)
    clean = denoiser.denoise(torch.rand(1, 3, 5, 6), 0.1)
    before = clean.clone()
    assert torch.equal(clean.add_(1), before + 1)


def test_the_network_sees_the_image_its_mirror_and_the_noise_level() -> None:
    denoiser, recorder = recording("photo-unet", 0.0)
    image = torch.rand(1, 3, 7, 8)
    denoiser.denoise(image, 0.125)
    (seen,) = recorder.seen
    assert seen.shape == (1, 4, 8, 8)
    assert torch.equal(seen[:, :3, :7], image)
    assert torch.equal(seen[:, :3, 7], image[:, :, 5])
    assert torch.equal(seen[:, 3], torch.full((1, 8, 8), 0.125))


def test_a_network_without_noise_level_sees_the_image_alone() -> None:
    denoiser, recorder = recording("paper", 0.0)
    image = torch.rand(1, 3, 8, 8)
    denoiser.denoise(image, 0.125)
    assert torch.equal(recorder.seen[0], image)


def test_noise_level_for_all_images_for_each_and_for_every_pixel() -> None:
    image = torch.rand(2, 3, 8, 8)
    assert torch.equal(with_noise_level(image, 0.5)[:, 3], torch.full((2, 8, 8), 0.5))
    each = with_noise_level(image, torch.tensor([0.25, 0.5]))
    assert torch.equal(each[:, 3].amax((1, 2)), torch.tensor([0.25, 0.5]))
    level_map = torch.rand(2, 1, 8, 8)
    assert torch.equal(with_noise_level(image, level_map)[:, 3:], level_map)


def test_one_noise_level_in_three_spellings_gives_one_result() -> None:
    denoiser = Denoiser.create("photo-unet", SMALL["photo-unet"])
    image = torch.rand(1, 3, 11, 5)
    expected = denoiser.denoise(image, 0.25)
    for sigma in (torch.tensor(0.25), torch.tensor([0.25]), torch.full((1, 1, 11, 5), 0.25)):
        assert torch.equal(denoiser.denoise(image, sigma), expected)


@pytest.mark.parametrize("sigma", [-0.1, 25.0, math.nan, torch.tensor([0.1, math.inf])])
def test_noise_levels_out_of_range_are_refused(sigma: float | Tensor) -> None:
    denoiser = Denoiser.create("photo-unet", SMALL["photo-unet"])
    with pytest.raises(ArgumentError, match=r"must lie in \[0, 1\]"):
        denoiser.denoise(torch.rand(2, 3, 8, 8), sigma)


@pytest.mark.parametrize("shape", [(3,), (2, 1, 4, 4), (2, 2)])
def test_noise_levels_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    denoiser = Denoiser.create("photo-unet", SMALL["photo-unet"])
    with pytest.raises(ShapeError, match="sigma has shape"):
        denoiser.denoise(torch.rand(2, 3, 8, 8), torch.zeros(shape))


@pytest.mark.parametrize("shape", [(3, 8, 8), (1, 1, 8, 8), (1, 3, 0, 8), (1, 4, 8, 8)])
def test_images_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"RGB images of shape \(B, 3, H, W\)"):
        Denoiser.create("paper").denoise(torch.zeros(shape), 0.1)


def test_integer_images_are_refused() -> None:
    with pytest.raises(ArgumentTypeError, match=r"torch\.uint8"):
        Denoiser.create("paper").denoise(torch.zeros(1, 3, 8, 8, dtype=torch.uint8), 0.1)


def test_a_network_in_few_bits_returns_the_images_dtype_and_almost_its_result() -> None:
    torch.manual_seed(0)
    denoiser = Denoiser.create("photo-unet", SMALL["photo-unet"])
    image = torch.rand(1, 3, 16, 16)
    exact = denoiser.denoise(image, 0.1)
    rounded = denoiser.to(dtype=torch.bfloat16).denoise(image, 0.1)
    assert denoiser.dtype == torch.bfloat16
    assert rounded.dtype == torch.float32
    torch.testing.assert_close(rounded, exact, atol=0.02, rtol=0)


def test_configuration_is_completed_with_defaults() -> None:
    denoiser = Denoiser.create("photo-unet", {"widths": [4]})
    assert denoiser.configuration == {"widths": [4], "blocks": 2}


def test_halo_covers_the_receptive_radius_in_whole_periods(denoiser: Denoiser) -> None:
    assert 0 <= denoiser.halo - denoiser.receptive_radius < denoiser.size_multiple
    assert denoiser.halo % denoiser.size_multiple == 0
    name = denoiser.architecture.name
    assert architecture(name).receptive_radius(SMALL[name]) == denoiser.receptive_radius
    assert architecture(name).size_multiple(SMALL[name]) == denoiser.size_multiple
