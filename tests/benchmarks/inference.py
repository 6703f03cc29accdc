"""Row group: the photo network on 1 megapixel against the identical network in torch.nn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

from scratch_layers.inference import denoise_image
from scratch_layers.models import Denoiser, multiply_adds_per_pixel
from tests.benchmarks.machine import bfloat16_problem
from tests.benchmarks.module_comparison import MEMORY_FORMATS, compare_forward
from tests.benchmarks.peak_memory import run_in_child
from tests.benchmarks.photo_model import SIGMA_255, description, photo_denoiser
from tests.benchmarks.row import Row, Target
from tests.benchmarks.settings import Settings
from tests.benchmarks.timing import alternate
from tests.benchmarks.torch_twin import torch_twin

SIZE, QUICK_SIZE = 1024, 64
CHECKED_SIZE = 64

FLOAT32_TARGET = Target("ratio", 0.75)
BFLOAT16_TARGET = Target("ratio", 1.00)


def rows(settings: Settings) -> Iterator[Row]:
    """Yield the network in float32 and bfloat16, its peak memory, and tiles as in the window."""
    size = _size(settings.quick)
    name = f"photo network, {size}x{size}"
    float32 = _compare(f"{name}, float32", torch.float32, FLOAT32_TARGET, settings)
    yield float32
    problem = bfloat16_problem(settings.device)
    if problem:
        yield Row(f"{name}, bfloat16", target=BFLOAT16_TARGET, note=f"skipped: {problem}")
    else:
        yield _compare(f"{name}, bfloat16", torch.bfloat16, BFLOAT16_TARGET, settings)
    yield _memory(f"{name}, float32: peak memory", float32.other, settings)
    yield _in_tiles(f"{name}, float32, in tiles as the application does", settings)


def _compare(name: str, dtype: torch.dtype, target: Target, settings: Settings) -> Row:
    denoiser, twin, image = _sides(settings.quick, str(settings.device), dtype)
    count = multiply_adds_per_pixel(denoiser.network, image.shape[1]) * image[0, 0].numel()
    comparison = compare_forward(denoiser.network, twin, image, settings)
    return comparison.row(name, count, target)


def _in_tiles(name: str, settings: Settings) -> Row:
    """Compare all that a denoiser does with the bare network in one piece on torch's side."""
    denoiser, twin, image = _sides(settings.quick, str(settings.device), torch.float32)
    formatted = image.contiguous(memory_format=torch.channels_last)
    twin.to(memory_format=torch.channels_last)
    sides: dict[str, Callable[[], object]] = {
        "scratch": partial(denoise_image, denoiser, image[:, :3].contiguous(), SIGMA_255 / 255),
        "torch": partial(_forward, twin, formatted),
    }
    times = alternate(sides, settings)
    return Row(
        name,
        times["scratch"],
        times["torch"],
        other="torch.nn, channels last, in one piece",
        target=FLOAT32_TARGET,
        note=description(denoiser),
    )


def _memory(name: str, torch_way: str, settings: Settings) -> Row:
    memory_format = torch_way.rpartition(", ")[2]
    device = str(settings.device)
    scratch = run_in_child("inference", "run_scratch", settings.quick, device)
    other = run_in_child("inference", "run_torch", settings.quick, device, memory_format)
    return Row(name, scratch_mib=scratch.peak_mib, other_mib=other.peak_mib, other=torch_way)


def run_scratch(quick: bool, device: str) -> None:
    """Run this project's network once; called in a process of its own."""
    denoiser = photo_denoiser(quick).to(device)
    denoiser.network.eval()
    denoiser.network.forward(_input(_size(quick), device))


def run_torch(quick: bool, device: str, memory_format: str) -> None:
    """Run its twin in torch.nn once; called in a process of its own."""
    _, twin, image = _sides(quick, device, torch.float32)
    wanted = MEMORY_FORMATS[memory_format]
    image = image.contiguous(memory_format=wanted)
    _forward(twin.to(memory_format=wanted), image)


def _sides(quick: bool, device: str, dtype: torch.dtype) -> tuple[Denoiser, nn.Module, Tensor]:
    denoiser = photo_denoiser(quick)
    twin = torch_twin(denoiser.network, _input(CHECKED_SIZE, "cpu")).eval().to(device, dtype)
    image = _input(_size(quick), device).to(dtype)
    return denoiser.to(device, dtype), twin, image


def _size(quick: bool) -> int:
    return QUICK_SIZE if quick else SIZE


def _input(size: int, device: str) -> Tensor:
    colours = torch.rand((1, 3, size, size), generator=torch.Generator().manual_seed(0))
    level = torch.full((1, 1, size, size), SIGMA_255 / 255)
    return torch.cat([colours, level], dim=1).to(device)


@torch.inference_mode()
def _forward(network: nn.Module, image: Tensor) -> Tensor:
    result: Tensor = network(image)
    return result
