"""Tiles: they cover the image, equal the whole image's result, stop when asked, stay small."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from scratch_layers import Conv2d, GroupNorm, Sequential
from scratch_layers.errors import ArgumentError, CancelledError, ShapeError
from scratch_layers.inference import (
    Rectangle,
    TileDone,
    denoise_image,
    denoise_tiles,
    plan_tiles,
)
from scratch_layers.models import Denoiser
from scratch_layers.models.registry import architecture

CONFIGURATIONS = {
    "photo-unet": {"widths": [3, 4, 5], "blocks": 1},
    "paper": {},
    "miniproject": {"widths": [3, 4, 5], "blocks": 1},
}
PHOTO = ("photo-unet", {"widths": [4, 6], "blocks": 1})


def lively(name: str, configuration: dict[str, object]) -> Denoiser:
    """A float64 denoiser whose every input pixel counts, so that too small a halo would show."""
    torch.manual_seed(3)
    denoiser = Denoiser.create(name, configuration).to(dtype=torch.float64)
    for value in denoiser.network.state_dict().values():
        value.mul_(2)
    return denoiser


DENOISERS = {name: lively(name, found) for name, found in CONFIGURATIONS.items()}
DENOISERS["in 8 passes"] = lively("photo-unet", CONFIGURATIONS["photo-unet"])
DENOISERS["in 8 passes"].passes = 8


@given(
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    tile=st.integers(1, 80),
    multiple=st.sampled_from([1, 2, 8]),
)
def test_tiles_cover_every_pixel_once_and_have_one_size(
    height: int, width: int, tile: int, multiple: int
) -> None:
    covered = torch.zeros(height, width)
    plan = plan_tiles(height, width, tile, multiple=multiple)
    for one in plan:
        covered[one.top : one.bottom, one.left : one.right] += 1
        assert one.top % multiple == one.left % multiple == 0
        assert max(one.bottom - one.top, one.right - one.left) < tile + multiple
    assert bool((covered == 1).all())
    inner_heights = {one.bottom - one.top for one in plan if one.bottom < height}
    inner_widths = {one.right - one.left for one in plan if one.right < width}
    assert len(inner_heights) <= 1
    assert len(inner_widths) <= 1


def test_tiles_share_the_image_evenly() -> None:
    assert [one.bottom - one.top for one in plan_tiles(1030, 8, 512)] == [344, 344, 342]


@given(
    region=st.tuples(
        st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99)
    ),
    tile=st.integers(5, 60),
)
def test_visible_tiles_come_first_then_the_nearest(
    region: tuple[int, int, int, int], tile: int
) -> None:
    top, left, bottom, right = (
        min(region[0], region[2]),
        min(region[1], region[3]),
        max(region[0], region[2]) + 1,
        max(region[1], region[3]) + 1,
    )
    plan = plan_tiles(100, 100, tile, first=(top, left, bottom, right))
    assert len(plan) == len(set(plan)) == len(plan_tiles(100, 100, tile))

    def gap(index: int) -> float:
        one = plan[index]
        down = max(0, one.top - bottom, top - one.bottom)
        across = max(0, one.left - right, left - one.right)
        return float(down**2 + across**2)

    gaps = [gap(index) for index in range(len(plan))]
    assert gaps == sorted(gaps)
    assert gaps[0] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((8, 8, 0), "tile must be at least one pixel, not 0"),
        ((0, 8, 4), "0 x 8 pixels"),
    ],
)
def test_impossible_plans_are_refused(arguments: tuple[int, int, int], sentence: str) -> None:
    with pytest.raises(ArgumentError, match=sentence):
        plan_tiles(*arguments)


@given(
    name=st.sampled_from(sorted(DENOISERS)),
    height=st.integers(1, 100),
    width=st.integers(1, 100),
    tile=st.integers(1, 60),
    sigma_is_map=st.booleans(),
)
def test_tiled_equals_whole(
    name: str, height: int, width: int, tile: int, sigma_is_map: bool
) -> None:
    generator = torch.Generator().manual_seed(height * 1000 + width)
    image = torch.rand(1, 3, height, width, dtype=torch.float64, generator=generator)
    sigma: float | Tensor = 0.2
    if sigma_is_map:
        sigma = torch.rand(1, 1, height, width, dtype=torch.float64, generator=generator)
    tile = max(tile, max(height, width) // 6)
    whole = DENOISERS[name].denoise(image, sigma)
    tiled = denoise_image(DENOISERS[name], image, sigma, tile)
    torch.testing.assert_close(tiled, whole, atol=1e-10, rtol=0)


@pytest.mark.parametrize("name", sorted(CONFIGURATIONS))
def test_a_smaller_halo_would_show(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    denoiser = DENOISERS[name]
    image = torch.rand(1, 3, 96, 96, dtype=torch.float64)
    whole = denoiser.denoise(image, 0.2)
    # The last step of the halo is there because it is rounded up, the one before is needed.
    short = denoiser.halo - 2 * denoiser.size_multiple
    monkeypatch.setattr(Denoiser, "halo", short)
    tiled = denoise_image(denoiser, image, 0.2, tile=24)
    assert float((tiled - whole).abs().max()) > 1e-9


def test_the_default_photo_network_tiled_equals_whole_in_float32() -> None:
    torch.manual_seed(0)
    denoiser = Denoiser.create("photo-unet")
    image = torch.rand(1, 3, 271, 190)
    whole = denoiser.denoise(image, 0.1)
    tiled = denoise_image(denoiser, image, 0.1, tile=96)
    torch.testing.assert_close(tiled, whole, atol=1e-5, rtol=0)


def test_every_step_reports_a_finished_rectangle_visible_ones_first() -> None:
    denoiser = Denoiser.create(*PHOTO)
    image = torch.rand(1, 3, 60, 90)
    whole = denoiser.denoise(image, 0.1)
    output = torch.full_like(image, torch.nan)
    visible: Rectangle = (45, 70, 60, 90)
    done = []
    for event in denoise_tiles(denoiser, image, 0.1, output, 32, visible):
        assert isinstance(event, TileDone)
        done.append(event)
        area = (..., slice(event.top, event.bottom), slice(event.left, event.right))
        torch.testing.assert_close(output[area], whole[area], atol=1e-5, rtol=0)
    assert [event.index for event in done] == list(range(6))
    assert {event.total for event in done} == {6}
    assert done[-1].fraction == 1
    assert done[0].fraction == pytest.approx(28 * 26 / (60 * 90))
    assert (done[0].bottom, done[0].right) == (60, 90)


def test_closing_the_steps_stops_and_keeps_what_is_done() -> None:
    denoiser = Denoiser.create(*PHOTO)
    image = torch.rand(1, 3, 64, 64)
    output = torch.full_like(image, torch.nan)
    steps = denoise_tiles(denoiser, image, 0.1, output, 32)
    first = next(steps)
    assert isinstance(first, TileDone)
    steps.close()
    assert next(steps, None) is None
    assert int(output.isfinite().sum()) == 3 * 32 * 32
    assert (first.bottom, first.right) == (32, 32)


def test_cancelling_stops_before_the_next_tile() -> None:
    events: list[TileDone] = []
    denoiser = Denoiser.create(*PHOTO)
    with pytest.raises(CancelledError, match="cancelled"):
        denoise_image(
            denoiser, torch.rand(1, 3, 64, 64), 0.1, 32, events.append, lambda: len(events) == 2
        )
    assert len(events) == 2


def test_arguments_are_checked_before_the_first_step() -> None:
    denoiser = Denoiser.create(*PHOTO)
    image = torch.rand(1, 3, 16, 16)
    with pytest.raises(ShapeError, match=r"output has shape \(1, 3, 16, 15\)"):
        denoise_tiles(denoiser, image, 0.1, image[..., :15].clone())
    with pytest.raises(ArgumentError, match="sigma is 25"):
        denoise_tiles(denoiser, image, 25.0, image.clone())
    with pytest.raises(ArgumentError, match="tile must be"):
        denoise_tiles(denoiser, image, 0.1, image.clone(), tile=0)
    with pytest.raises(ArgumentError, match="memory of its own"):
        denoise_tiles(denoiser, image, 0.1, image)
    with pytest.raises(ShapeError, match="RGB"):
        denoise_tiles(denoiser, image[:, :1], 0.1, image[:, :1].clone())


def test_cancelling_stops_between_the_layers_of_one_tile() -> None:
    denoiser = Denoiser.create(*PHOTO)
    asked: list[bool] = []

    def cancelled() -> bool:
        asked.append(len(asked) == 4)
        return asked[-1]

    with pytest.raises(CancelledError):
        denoise_image(denoiser, torch.rand(1, 3, 32, 32), 0.1, cancelled=cancelled)
    assert len(asked) == 5
    # The network is as usable as before, and nobody asks it to stop any more.
    assert denoiser.denoise(torch.rand(1, 3, 32, 32), 0.1).shape == (1, 3, 32, 32)
    assert len(asked) == 5


def test_tiles_need_not_be_square() -> None:
    denoiser = DENOISERS["photo-unet"]
    image = torch.rand(1, 3, 70, 90, dtype=torch.float64)
    tiled = denoise_image(denoiser, image, 0.2, (16, 48))
    torch.testing.assert_close(tiled, denoiser.denoise(image, 0.2), atol=1e-10, rtol=0)


@pytest.mark.parametrize("tile", [None, 16])
def test_a_network_that_reads_the_whole_image_is_refused_in_tiles(tile: int | None) -> None:
    network = Sequential(Conv2d(3, 4, 3, padding=1), GroupNorm(2, 4), Conv2d(4, 3, 3, padding=1))
    denoiser = Denoiser(architecture("paper"), {}, network)
    image = torch.rand(1, 3, 24, 24)
    with pytest.raises(ArgumentError, match=r"GroupNorm reads the whole image.*as a whole, or use"):
        denoise_image(denoiser, image, 0.1, tile=tile)
    assert denoiser.denoise(image, 0.1).shape == image.shape
