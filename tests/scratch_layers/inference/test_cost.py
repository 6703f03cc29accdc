"""What tiles cost: the budget is kept, memory is no more than the model says, halos are few."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from scratch_layers.inference import (
    bytes_per_pixel,
    choose_tile,
    denoise_image,
    plan_tiles,
    window_bytes,
)
from scratch_layers.models import Denoiser
from scratch_layers.module import Module
from tests.benchmarks.peak_memory import run_in_child

PHOTO = ("photo-unet", {"widths": [4, 6], "blocks": 1})


class LargestInput(Module):
    """Passes the image on and remembers the largest input it got."""

    def __init__(self, network: Module) -> None:
        super().__init__()
        self.network = network
        self.pixels = 0

    def forward(self, input: Tensor) -> Tensor:
        self.pixels = max(self.pixels, input.shape[2] * input.shape[3])
        return input[:, :3]


@pytest.mark.parametrize("megabytes", [64, 72, 96])
@pytest.mark.parametrize(("height", "width"), [(500, 700), (64, 3000)])
def test_tiles_stay_within_the_memory_budget(megabytes: int, height: int, width: int) -> None:
    denoiser = Denoiser.create(*PHOTO)
    budget = megabytes * 2**20
    tile = choose_tile(denoiser, height, width, budget)
    # Size rule and halo must be known before the network is replaced.
    assert denoiser.halo > 0
    watcher = LargestInput(denoiser.network)
    model = Denoiser.create(*PHOTO)
    denoiser.network = watcher
    denoise_image(denoiser, torch.rand(1, 3, height, width), 0.1, tile)
    assert window_bytes(model, watcher.pixels) <= budget


def test_several_images_at_once_get_smaller_tiles() -> None:
    denoiser = Denoiser.create(*PHOTO)
    alone = choose_tile(denoiser, 900, 900, 96 * 2**20)
    together = choose_tile(denoiser, 900, 900, 96 * 2**20, batch=8)
    assert together[0] * together[1] < alone[0] * alone[1] / 4


def test_less_memory_gives_smaller_tiles_down_to_the_smallest() -> None:
    denoiser = Denoiser.create(*PHOTO)
    areas = [
        tall * wide
        for tall, wide in (choose_tile(denoiser, 900, 900, part * 2**22) for part in range(1, 40))
    ]
    assert areas == sorted(areas)
    assert areas[0] == 64 * 64
    assert areas[-1] >= 900 * 900 / 4
    assert len(set(areas)) > 3


@pytest.mark.parametrize("megabytes", [-100, 40, 64, 80])
def test_little_memory_costs_no_more_than_five_times_the_pixels(megabytes: int) -> None:
    denoiser = Denoiser.create("photo-unet")
    tile = choose_tile(denoiser, 2000, 3000, megabytes * 2**20)
    windows = [
        part.with_halo(denoiser.halo, 2000, 3000)
        for part in plan_tiles(2000, 3000, tile, multiple=denoiser.size_multiple)
    ]
    assert sum(window.height * window.width for window in windows) < 5 * 2000 * 3000


def test_no_side_is_longer_than_asked_for() -> None:
    assert max(choose_tile(Denoiser.create(*PHOTO), 900, 1300, largest=300)) <= 300


def test_a_picture_that_fits_is_not_cut() -> None:
    denoiser = Denoiser.create("photo-unet")
    assert choose_tile(denoiser, 321, 481) == (328, 488)


def test_halos_cost_no_more_than_a_third_of_a_large_photo() -> None:
    denoiser = Denoiser.create("photo-unet")
    tile = choose_tile(denoiser, 4000, 6000)
    windows = [
        part.with_halo(denoiser.halo, 4000, 6000)
        for part in plan_tiles(4000, 6000, tile, multiple=denoiser.size_multiple)
    ]
    assert sum(window.height * window.width for window in windows) < 1.34 * 4000 * 6000


def test_huge_tiles_are_not_taken_only_because_memory_allows_them() -> None:
    tall, wide = choose_tile(Denoiser.create("photo-unet"), 10_000, 10_000, 2**34)
    assert 1000 <= min(tall, wide) <= max(tall, wide) <= 3000


def test_half_precision_takes_less_memory() -> None:
    denoiser = Denoiser.create(*PHOTO)
    single = bytes_per_pixel(denoiser)
    assert bytes_per_pixel(denoiser.to(dtype=torch.bfloat16)) < single


def test_the_memory_model_covers_what_a_process_takes() -> None:
    """The photo network in a process of its own; the model must hold and not be idle."""
    base, peak = (run_in_child("tiles", "denoise_window", side).peak_mib for side in (64, 640))
    modelled = window_bytes(Denoiser.create("photo-unet"), 640**2) / 2**20
    assert modelled / 3 < peak - base <= modelled
