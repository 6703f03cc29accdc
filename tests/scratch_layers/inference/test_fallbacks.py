"""Memory that runs out, devices that fail or lie: the result is the same and every step is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from scratch_layers.errors import MemoryShortageError, OutputError, ShapeError
from scratch_layers.inference import Fallback, TileDone, TileEvent, denoise_image, denoise_tiles
from scratch_layers.models import Denoiser

NO_MEMORY = (
    MemoryError(),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: "
        "you tried to allocate 67108864 bytes. Error code 12 (Cannot allocate memory)"
    ),
    RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of"),
    RuntimeError("MPS backend out of memory (MPS allocated: 17.9 GB)"),
    RuntimeError("std::bad_alloc"),
)
LOST = RuntimeError("CUDA error: unspecified launch failure\nCUDA kernel errors might be ...")

Behaviour = Callable[[Tensor, Tensor], Tensor]


class FakeDevice(Denoiser):
    """Computes on the processor, says it is a GPU, and does to every result what it is told to.

    Attributes:
        behaviour: called with the window and its clean image; returns what the device gives.
        windows: sizes of the windows that it was given.
    """

    behaviour: Behaviour
    name: str
    windows: list[tuple[int, int]]

    @property
    def device(self) -> torch.device:
        return torch.device(self.name)

    def denoise(self, image: Tensor, sigma: float | Tensor) -> Tensor:
        self.windows.append((image.shape[2], image.shape[3]))
        clean = Denoiser(self.architecture, self.configuration, self.network).denoise(image, sigma)
        return self.behaviour(image, clean)


@pytest.fixture(scope="module")
def healthy() -> Denoiser:
    torch.manual_seed(0)
    return Denoiser.create("photo-unet", {"widths": [4, 6], "blocks": 1})


@pytest.fixture(scope="module")
def image() -> Tensor:
    return torch.rand(1, 3, 150, 260, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def make_device(healthy: Denoiser) -> Callable[..., FakeDevice]:
    def make(behaviour: Behaviour, name: str = "cuda:0") -> FakeDevice:
        device = FakeDevice(healthy.architecture, healthy.configuration, healthy.network)
        device.behaviour, device.name, device.windows = behaviour, name, []
        return device

    return make


def run(denoiser: Denoiser, image: Tensor, tile: int = 128) -> tuple[Tensor, list[TileEvent]]:
    output = torch.full_like(image, torch.nan)
    events = list(denoise_tiles(denoiser, image, 0.1, output, tile))
    return output, events


def fallbacks(events: list[TileEvent]) -> list[Fallback]:
    return [event for event in events if isinstance(event, Fallback)]


def assert_same(found: Tensor, healthy: Denoiser, image: Tensor) -> None:
    torch.testing.assert_close(found, healthy.denoise(image, 0.1), atol=2e-6, rtol=0)


def small_memory(error: Exception, pixels: int) -> Behaviour:
    """A device that has memory for windows of so many pixels."""

    def behave(window: Tensor, clean: Tensor) -> Tensor:
        if window.shape[2] * window.shape[3] > pixels:
            raise error
        return clean

    return behave


@pytest.mark.parametrize("error", NO_MEMORY, ids=lambda error: str(error)[:20] or "MemoryError")
@pytest.mark.parametrize("name", ["cpu", "cuda:0"])
def test_without_memory_tiles_are_halved(error, name, make_device, healthy, image) -> None:
    device = make_device(small_memory(error, 160 * 150), name)
    found, events = run(device, image, 260)
    assert_same(found, healthy, image)
    told = fallbacks(events)
    assert [one.remedy for one in told] == ["smaller tiles"] * len(told)
    assert 1 <= len(told) <= 2
    where = "the processor" if name == "cpu" else "cuda:0"
    assert f"Memory ran out on {where} with a tile of 260 x 150 pixels" in told[0].sentence


def test_halving_keeps_the_tiles_that_are_done(make_device, healthy, image) -> None:
    calls: list[int] = []

    def behave(window: Tensor, clean: Tensor) -> Tensor:
        calls.append(window.shape[3])
        if len(calls) == 3:
            raise MemoryError
        return clean

    found, events = run(make_device(behave), image)
    assert_same(found, healthy, image)
    done = [event for event in events if isinstance(event, TileDone)]
    covered = torch.zeros(150, 260)
    for one in done:
        covered[one.top : one.bottom, one.left : one.right] += 1
    assert bool((covered == 1).all())
    assert [one.fraction for one in done] == sorted(one.fraction for one in done)
    assert done[-1].fraction == 1
    assert [one.index for one in done] == list(range(len(done)))
    assert done[-1].total == len(done)


def test_a_device_without_memory_for_the_smallest_tile_leaves_it_to_the_processor(
    make_device, healthy, image
) -> None:
    found, events = run(make_device(small_memory(NO_MEMORY[2], 0)), image, 260)
    assert_same(found, healthy, image)
    remedies = [one.remedy for one in fallbacks(events)]
    assert remedies == ["smaller tiles", "smaller tiles", "cpu"]
    assert "even for small tiles; the rest was computed on the processor" in (
        fallbacks(events)[-1].sentence
    )


def test_without_memory_for_anything_one_sentence_says_so(make_device, image) -> None:
    device = make_device(small_memory(MemoryError(), 0), "cpu")
    with pytest.raises(MemoryShortageError, match="not enough memory to denoise even .* pixels"):
        run(device, image, 260)


def test_a_lost_device_leaves_the_rest_to_the_processor(make_device, healthy, image) -> None:
    def behave(window: Tensor, clean: Tensor) -> Tensor:
        if len(device.windows) > 2:
            raise LOST
        return clean

    device = make_device(behave)
    found, events = run(device, image)
    assert_same(found, healthy, image)
    assert [type(event).__name__ for event in events][:4] == [
        *("TileDone", "TileDone", "Fallback", "TileDone")
    ]
    # Nothing that was done is computed again, and the device is left alone.
    assert len(device.windows) == 3
    (told,) = fallbacks(events)
    assert told.sentence == (
        "The device cuda:0 failed (CUDA error: unspecified launch failure); "
        "the rest was computed on the processor."
    )


def test_the_next_image_finds_the_device_gone_and_is_done_all_the_same(
    make_device, healthy, image, monkeypatch
) -> None:
    expected = healthy.denoise(image, 0.1)
    device = make_device(lambda window, clean: clean)
    run(device, image)

    def gone(*_: object) -> None:
        raise LOST

    monkeypatch.setattr(healthy.network, "state_dict", gone, raising=False)
    device.behaviour = gone
    found, events = run(device, image)
    torch.testing.assert_close(found, expected, atol=2e-6, rtol=0)
    assert [one.remedy for one in fallbacks(events)] == ["cpu"]


def test_an_error_of_the_processor_is_not_hidden(make_device, image) -> None:
    def behave(window: Tensor, clean: Tensor) -> Tensor:
        raise RuntimeError("a mistake in the program")

    with pytest.raises(RuntimeError, match="a mistake in the program"):
        run(make_device(behave, "cpu"), image)


def test_a_wrong_argument_is_not_taken_for_a_lost_device(make_device, image) -> None:
    def behave(window: Tensor, clean: Tensor) -> Tensor:
        raise ShapeError("The layer got another shape.")

    with pytest.raises(ShapeError):
        run(make_device(behave), image)


DEFECTS: dict[str, Behaviour] = {
    "values that are not numbers": lambda window, clean: clean * torch.nan,
    "a black picture": lambda window, clean: torch.zeros_like(clean),
    "a picture of one single colour": lambda window, clean: torch.full_like(clean, 0.5),
}


@pytest.mark.parametrize("words", DEFECTS)
def test_a_wrong_tile_is_computed_again_on_the_processor(
    words: str, make_device, healthy, image
) -> None:
    def behave(window: Tensor, clean: Tensor) -> Tensor:
        return DEFECTS[words](window, clean) if len(device.windows) == 2 else clean

    device = make_device(behave)
    found, events = run(device, image)
    assert_same(found, healthy, image)
    assert len(device.windows) == len([one for one in events if isinstance(one, TileDone)])
    (told,) = fallbacks(events)
    assert told.sentence == (
        f"The device cuda:0 gave {words} for a part of the picture; "
        "that part was computed on the processor."
    )


def test_a_device_that_is_wrong_again_and_again_gets_no_more_work(
    make_device, healthy, image
) -> None:
    device = make_device(DEFECTS["a black picture"])
    found, events = run(device, image, 64)
    assert_same(found, healthy, image)
    assert len(device.windows) == 3
    assert [one.remedy for one in fallbacks(events)] == [
        *("this tile on the cpu", "this tile on the cpu", "cpu")
    ]


@pytest.mark.parametrize("name", ["cpu", "cuda:0"])
def test_an_even_part_of_a_picture_may_stay_even(name, make_device, healthy) -> None:
    even = torch.full((1, 3, 64, 64), 0.25)
    device = make_device(lambda window, clean: torch.full_like(clean, 0.25), name)
    found, events = run(device, even)
    assert not fallbacks(events)
    assert bool((found == 0.25).all())


def test_a_network_that_always_gives_one_colour_is_believed(make_device, image) -> None:
    black = Denoiser.create("paper")
    for _, parameter in black.network.named_parameters():
        parameter.value.zero_()
    device = FakeDevice(black.architecture, black.configuration, black.network)
    device.behaviour, device.name, device.windows = (lambda window, clean: clean), "cuda:0", []
    found, events = run(device, image)
    assert not fallbacks(events)
    assert bool((found == 0.5).all())


@pytest.mark.parametrize("name", ["cpu", "cuda:0"])
def test_a_network_that_gives_no_numbers_is_found_out(name: str, image: Tensor) -> None:
    broken = Denoiser.create("photo-unet", {"widths": [4, 4], "blocks": 1})
    next(iter(broken.network.named_parameters()))[1].value.fill_(torch.nan)
    device = FakeDevice(broken.architecture, broken.configuration, broken.network)
    device.behaviour, device.name, device.windows = (lambda window, clean: clean), name, []
    with pytest.raises(OutputError, match="not numbers"):
        run(device, image)


def test_an_image_without_numbers_is_not_the_networks_fault(healthy: Denoiser) -> None:
    image = torch.full((1, 3, 16, 16), torch.nan)
    assert bool(denoise_image(healthy, image, 0.1).isnan().all())


def test_too_little_precision_is_made_up_for(image: Tensor) -> None:
    """In 16 bits of a small range these weights overflow; in 32 bits they do not."""
    torch.manual_seed(0)
    denoiser = Denoiser.create("photo-unet", {"widths": [4, 6], "blocks": 1})
    first, *_, last = (parameter for _, parameter in denoiser.network.named_parameters())
    first.value.mul_(7e5)
    last.value.zero_()
    for _, parameter in list(denoiser.network.named_parameters())[-2:]:
        parameter.value.mul_(1e-9)
    expected = denoiser.denoise(image, 0.1)
    assert bool(expected.isfinite().all())
    told: list[Fallback] = []
    found = denoise_image(denoiser.to(dtype=torch.float16), image, 0.1, on_fallback=told.append)
    assert told
    torch.testing.assert_close(found, expected, atol=0.05, rtol=0)
