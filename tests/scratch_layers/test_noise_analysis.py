"""The noise analysis on pictures whose noise is known, and on those that have none."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn.functional import avg_pool2d

from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.noise import seeded_generator
from scratch_layers.noise_analysis import NoiseAnalysis, Verdict, analyse_noise
from scratch_layers.noise_analysis.blocks import cut_blocks
from scratch_layers.noise_analysis.correlation import grain, independent_values

HEIGHT, WIDTH = 192, 256


def scene(height: int = HEIGHT, width: int = WIDTH) -> Tensor:
    """A colour picture of shaded areas with edges, some stripes and a textured corner."""
    y = torch.linspace(0, 1, height).view(-1, 1)
    x = torch.linspace(0, 1, width).view(1, -1)
    edges = 0.3 * ((4 * x + 2 * y).floor() % 2)
    texture = (
        0.3 * torch.rand(height, width, generator=seeded_generator(0)) * ((x > 0.8) & (y > 0.7))
    )
    stripes = 0.1 * torch.sin(1.3 * torch.arange(width)).view(1, -1) * (y < 0.1)
    light = 0.2 + 0.2 * x + 0.1 * y + edges + texture + stripes
    return light * torch.tensor([1.0, 0.9, 0.8]).view(3, 1, 1)


def white(shape: tuple[int, ...], seed: int = 1) -> Tensor:
    return torch.randn(shape, generator=seeded_generator(seed))


def smooth(shape: tuple[int, int, int], seed: int = 1) -> Tensor:
    """Noise of standard deviation 1 whose neighbours are correlated as after demosaicing."""
    channels, height, width = shape
    noise = white((channels, height + 2, width + 2), seed)
    noise = noise[:, :-2] + 2 * noise[:, 1:-1] + noise[:, 2:]
    noise = noise[:, :, :-2] + 2 * noise[:, :, 1:-1] + noise[:, :, 2:]
    return noise / 6


def stored(image: Tensor) -> Tensor:
    """The picture as an 8-bit file holds it."""
    return (image.clamp(0, 1) * 255).round() / 255


def analysis_of(noise: Tensor, sigma_255: float) -> NoiseAnalysis:
    return analyse_noise(stored(scene() + noise * sigma_255 / 255))


@pytest.mark.parametrize("sigma_255", [3.0, 25.0])
def test_white_noise_is_measured_and_named(sigma_255: float) -> None:
    found = analysis_of(white((3, HEIGHT, WIDTH)), sigma_255)
    assert found.verdict is Verdict.WHITE
    assert found.sigma * 255 == pytest.approx(sigma_255, rel=0.06)
    assert found.grain == pytest.approx(1.0, abs=0.3)
    assert abs(found.channel_correlation) < 0.2


@pytest.mark.parametrize("sigma_255", [4.0, 15.0])
def test_noise_of_cameras_is_measured_and_named(sigma_255: float) -> None:
    found = analysis_of(smooth((3, HEIGHT, WIDTH)), sigma_255)
    assert found.verdict is Verdict.CORRELATED
    assert found.sigma * 255 == pytest.approx(sigma_255, rel=0.15)
    assert found.autocorrelation[1] == pytest.approx(2 / 3, abs=0.1)
    assert found.grain > 2
    assert found.white_sigma < 0.5 * found.sigma


def test_levels_of_channels_are_told_apart() -> None:
    strengths = torch.tensor([1.5, 0.5, 1.0]).view(3, 1, 1)
    found = analysis_of(smooth((3, HEIGHT, WIDTH)) * strengths, 10.0)
    sigmas = [255 * sigma for sigma in found.channel_sigmas]
    assert sigmas == pytest.approx([15, 5, 10], rel=0.2)
    assert found.sigma == pytest.approx(math.sqrt(sum(s**2 for s in found.channel_sigmas) / 3))


def test_the_curve_follows_brightness() -> None:
    light = torch.linspace(0.1, 0.9, WIDTH).expand(3, HEIGHT, -1)
    found = analyse_noise(stored(light + 0.06 * light * smooth((3, HEIGHT, WIDTH))))
    for point in found.curve:
        assert point.sigma == pytest.approx(0.06 * point.brightness, rel=0.25)


@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), (1.0, 0.86, 0.7)])
def test_one_noise_in_three_channels_is_known_for_one(tint: tuple[float, ...]) -> None:
    gray = (scene()[:1] + white((1, HEIGHT, WIDTH)) * 25 / 255).clamp(0, 1)
    found = analyse_noise(stored(gray * torch.tensor(tint).view(3, 1, 1)))
    strength = math.sqrt(sum(value**2 for value in tint))
    assert found.shared
    assert found.gray == (len(set(tint)) == 1)
    assert found.sigma * 255 == pytest.approx(25 * strength / math.sqrt(3), rel=0.1)


def test_a_picture_of_one_channel_is_gray() -> None:
    found = analyse_noise(stored(scene()[:1] + white((1, HEIGHT, WIDTH)) * 10 / 255))
    assert found.gray
    assert found.shared
    assert found.verdict is Verdict.WHITE
    assert found.sigma * 255 == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize("colour", [0.0, 16 / 255, 245 / 255, 1.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_frames_say_nothing_about_noise(colour: float, channels: int) -> None:
    noisy = stored(scene()[:channels] + white((channels, HEIGHT, WIDTH)) * 20 / 255)
    noisy[:, :60] = noisy[:, -20:] = noisy[:, :, :20] = colour
    found = analyse_noise(noisy)
    assert found.verdict is Verdict.WHITE
    assert found.sigma * 255 == pytest.approx(20, rel=0.1)
    assert found.drawn_share > 0.3


def drawings() -> dict[str, Tensor]:
    generator = seeded_generator(3)
    palette = stored(torch.rand(3, 12, generator=generator))
    tiles = torch.randint(12, (HEIGHT // 2, WIDTH // 2), generator=generator)
    x = torch.arange(WIDTH).expand(HEIGHT, -1)
    y = torch.arange(HEIGHT).view(-1, 1).expand(-1, WIDTH)
    page = torch.full((3, HEIGHT, WIDTH), 0.98)
    page[:, (y % 12 < 7) & ((x * 7 + y // 12 * 3) % 11 < 4)] = 0.1
    shade = (x + y) / (WIDTH + HEIGHT)
    return {
        "pixel art": palette[:, tiles].repeat_interleave(2, 1).repeat_interleave(2, 2),
        "chessboard": torch.where((x + y) % 2 == 0, 0.2, 0.8).expand(3, -1, -1),
        "random dither": (torch.rand(HEIGHT, WIDTH, generator=generator) < shade).float()[None],
        "text": page,
        "gradient": stored(torch.stack([shade, 1 - shade, shade / 2])),
        "one colour": torch.full((3, HEIGHT, WIDTH), 0.5),
    }


@pytest.mark.parametrize("name", drawings())
def test_drawings_are_clean(name: str) -> None:
    found = analyse_noise(drawings()[name])
    assert found.verdict is Verdict.CLEAN
    assert found.sigma * 255 < 1


def page_of_text(line: int = 16) -> Tensor:
    page = Image.new("L", (400, 300), 245)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(14)
    for row in range(288 // line):
        draw.text(
            (5, 5 + line * row),
            f"{row}. The quick brown fox jumps over the lazy dog, and on" * 2,
            20,
            font,
        )
    return torch.from_numpy(np.array(page.resize((360, 270)))).unsqueeze(0) / 255


def board(cell: int) -> Tensor:
    cells = torch.arange(256) // cell
    return (0.2 + 0.6 * ((cells.view(-1, 1) + cells) % 2)).unsqueeze(0)


@pytest.mark.parametrize(
    "picture",
    [page_of_text(), board(2), board(8), board(32)],
    ids=["text", "fine board", "board", "coarse board"],
)
@pytest.mark.parametrize("sigma_255", [3.0, 7.0])
def test_what_people_drew_all_over_a_gray_scan_is_not_taken_for_noise(
    picture: Tensor, sigma_255: float
) -> None:
    found = analyse_noise(stored(picture + white(tuple(picture.shape)) * sigma_255 / 255))
    assert found.verdict is Verdict.WHITE
    assert found.sigma * 255 == pytest.approx(sigma_255, rel=0.15)


@pytest.mark.parametrize("size", [2, 4])
def test_texture_all_over_a_gray_photo_is_not_taken_for_noise(size: int) -> None:
    coarse = avg_pool2d(white((1, HEIGHT + size - 1, WIDTH + size - 1), seed=5), size, 1)
    photo = 0.5 + coarse / coarse.std() * 20 / 255
    found = analyse_noise(stored(photo + white((1, HEIGHT, WIDTH)) * 15 / 255))
    assert found.verdict is Verdict.WHITE
    assert found.sigma * 255 == pytest.approx(15, rel=0.15)


def textured_gray_photo() -> Tensor:
    """A clean gray photo that is smooth nowhere, and whose texture has no white part."""
    coarse = white((1, 1, HEIGHT + 12, WIDTH + 12), seed=5)
    for _ in range(4):
        coarse = avg_pool2d(coarse, 4, 1)
    contrast = 1 + torch.linspace(-0.8, 0.8, WIDTH)
    return 0.5 + coarse[0] / coarse.std() * contrast * 15 / 255


def test_texture_all_over_a_clean_gray_photo_is_mostly_not_taken_for_noise() -> None:
    assert analyse_noise(stored(textured_gray_photo())).sigma * 255 < 1.5


def test_noise_of_a_camera_is_found_in_a_textured_gray_photo() -> None:
    noisy = textured_gray_photo() + smooth((1, HEIGHT, WIDTH)) * 6 / 255
    found = analyse_noise(stored(noisy))
    assert found.verdict is Verdict.CORRELATED
    assert 4 < found.sigma * 255 < 12


@pytest.mark.parametrize(
    ("ink", "paper"), [((20, 20, 20), (245, 245, 245)), ((20, 30, 120), (250, 245, 230))]
)
def test_smoothed_letters_on_flawless_paper_are_clean(
    ink: tuple[int, ...], paper: tuple[int, ...]
) -> None:
    share = (page_of_text(line=24) * 255 - 20) / 225
    colours = [torch.tensor(colour).view(3, 1, 1) / 255 for colour in (ink, paper)]
    page = colours[0] * (1 - share) + colours[1] * share
    assert analyse_noise(stored(page)).verdict is Verdict.CLEAN


def test_a_clean_photo_is_clean() -> None:
    assert analyse_noise(stored(scene())).verdict is Verdict.CLEAN


@pytest.mark.parametrize(
    "shape", [(3, 31, 500), (3, 500, 31), (1, 1, 1), (3, 0, 9), (0, 3, 64, 64)]
)
def test_small_pictures_are_said_to_be_too_small(shape: tuple[int, ...]) -> None:
    assert analyse_noise(torch.rand(shape)).verdict is Verdict.TOO_SMALL


@pytest.mark.parametrize("side", [32, 48, 100])
def test_pictures_from_32_pixels_on_are_measured(side: int) -> None:
    noise = white((3, side, side)) * 20 / 255
    assert analyse_noise(stored(0.5 + noise)).sigma * 255 == pytest.approx(20, rel=0.2)


def test_samples_of_files_give_the_same_as_floats() -> None:
    samples = (stored(scene() + 0.05 * white((3, HEIGHT, WIDTH))) * 255).round()
    found = analyse_noise(samples.to(torch.uint8), peak=255)
    assert found.sigma == pytest.approx(analyse_noise(samples / 255).sigma, rel=1e-3)


def test_large_pictures_are_sampled() -> None:
    blocks = cut_blocks(torch.rand(1, 3, 2000, 3000), 1.0)
    assert 2_000 < len(blocks.values) < 6_000


def test_planes_leave_no_residual() -> None:
    ramp = torch.linspace(0.1, 0.5, 100) + torch.linspace(0, 0.4, 100).view(-1, 1)
    assert cut_blocks(ramp.expand(1, 3, -1, -1), 1.0).residuals().abs().max() < 1e-5


def test_white_noise_has_grain_1_and_all_values_independent() -> None:
    correlation = (1.0, 0.0, 0.0, 0.0, 0.0)
    assert grain(correlation) == 1
    assert independent_values(16, correlation) == 253


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_values_that_are_not_finite_are_refused(value: float) -> None:
    image = scene()
    image[0, 50:60, 50:60] = value
    with pytest.raises(ArgumentError, match="NaN"):
        analyse_noise(image)


@pytest.mark.parametrize("image", [torch.zeros(99, 99), torch.zeros(3, 99, 99, dtype=torch.uint8)])
def test_what_is_not_an_image_is_refused(image: Tensor) -> None:
    with pytest.raises(ShapeError, match="floating-point images"):
        analyse_noise(image)


def halved(image: Tensor) -> Tensor:
    return image.unflatten(2, (-1, 2)).unflatten(1, (-1, 2)).mean((2, 4))


def test_noise_of_a_camera_in_a_reduced_photo_is_not_taken_for_white() -> None:
    fine = smooth((3, 2 * HEIGHT + 1, 2 * WIDTH + 1)) * 20 / 255
    noise = (fine[:, 1:, 1:] + fine[:, :-1, 1:] + fine[:, 1:, :-1] + fine[:, :-1, :-1]) / 4
    found = analyse_noise(stored(halved(scene(2 * HEIGHT, 2 * WIDTH) + noise)))
    assert found.verdict is Verdict.CORRELATED
    assert found.sigma == pytest.approx(float(halved(noise).std()), rel=0.1)
