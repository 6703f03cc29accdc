"""Row group: a training step of the photo network against torch.nn, autograd and torch.optim."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

from scratch_layers.losses import L1
from scratch_layers.models import multiply_adds_per_pixel
from scratch_layers.optim import Adam
from tests.benchmarks.module_comparison import MEMORY_FORMATS, Side, best_of_each
from tests.benchmarks.peak_memory import run_in_child
from tests.benchmarks.photo_model import SIGMA_255, description, photo_denoiser
from tests.benchmarks.row import Row, Target
from tests.benchmarks.settings import Settings
from tests.benchmarks.timing import alternate
from tests.benchmarks.torch_twin import torch_twin

PATCHES, PATCH_SIZE, CHANNELS = 16, 64, 4
QUICK_PATCHES = 2
MEMORY_STEPS = 5
LEARNING_RATE = 1e-4

TIME_TARGET = Target("ratio", 1.05)
MEMORY_TARGET = Target("memory ratio", 1.00)

OPTIMIZERS = {"": {}, ", fused Adam": {"fused": True}}
"""Both of torch.optim's ways that suit a small network; the table shows the faster one."""


def rows(settings: Settings) -> Iterator[Row]:
    """Yield the time of a step and the peak memory of training."""
    quick, device = settings.quick, str(settings.device)
    sides: dict[Side, Callable[[], object]] = {("scratch", ""): scratch_step(quick, device)}
    for way in torch_ways():
        sides["torch", way] = torch_step(quick, device, way)
    comparison = best_of_each(alternate(sides, settings))
    denoiser = photo_denoiser(quick)
    per_pixel = multiply_adds_per_pixel(denoiser.network, CHANNELS)
    count = 3 * per_pixel * _patches(quick) * PATCH_SIZE**2
    name = f"photo network, {_patches(quick)} patches {PATCH_SIZE}x{PATCH_SIZE}, L1, Adam, float32"
    yield comparison.row(f"{name}: a step", count, TIME_TARGET)
    scratch = run_in_child("training_step", "train_scratch", quick, device)
    other = run_in_child("training_step", "train_torch", quick, device, comparison.torch_way)
    yield Row(
        f"{name}: peak memory",
        scratch_mib=scratch.peak_mib,
        other_mib=other.peak_mib,
        other=f"torch.nn, {comparison.torch_way}",
        target=MEMORY_TARGET,
        note=description(denoiser),
    )


def torch_ways() -> list[str]:
    """Return the names of the ways in which torch's side trains."""
    return [form + optimizer for form in MEMORY_FORMATS for optimizer in OPTIMIZERS]


def train_scratch(quick: bool, device: str) -> None:
    """Train a few steps by hand; called in a process of its own."""
    step = scratch_step(quick, device)
    for _ in range(MEMORY_STEPS):
        step()


def train_torch(quick: bool, device: str, way: str) -> None:
    """Train a few steps with torch.nn; called in a process of its own."""
    step = torch_step(quick, device, way)
    for _ in range(MEMORY_STEPS):
        step()


def scratch_step(quick: bool, device: str) -> Callable[[], object]:
    """Return a function that does one step with this library, as a training of it does."""
    network = photo_denoiser(quick).to(device).network.train()
    noisy, noise = _batch(quick, device)
    loss, optimizer = L1(), Adam(lr=LEARNING_RATE)

    @torch.inference_mode()
    def step() -> None:
        network.zero_grad()
        loss.forward(network.forward(noisy), noise)
        network.backward(loss.backward())
        optimizer.step(network.param())

    return step


def torch_step(quick: bool, device: str, way: str) -> Callable[[], object]:
    """Return a function that does the same with torch.nn, autograd and torch.optim."""
    form, _, optimizer_way = way.partition(", ")
    memory_format = MEMORY_FORMATS[form]
    noisy, noise = (part.contiguous(memory_format=memory_format) for part in _batch(quick, device))
    network = torch_twin(photo_denoiser(quick).network, noisy[:1].cpu())
    network.to(device).to(memory_format=memory_format).train()
    options = OPTIMIZERS[f", {optimizer_way}" if optimizer_way else ""]
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, **options)
    return partial(_torch_step, network, optimizer, nn.L1Loss(), noisy, noise)


def _torch_step(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss: nn.Module,
    noisy: Tensor,
    noise: Tensor,
) -> None:
    optimizer.zero_grad()
    loss(network(noisy), noise).backward()
    optimizer.step()


def _batch(quick: bool, device: str) -> tuple[Tensor, Tensor]:
    """Return patches with their noise level as a fourth channel, and their noise."""
    generator = torch.Generator().manual_seed(0)
    shape = (_patches(quick), 3, PATCH_SIZE, PATCH_SIZE)
    clean = torch.rand(shape, generator=generator)
    noise = torch.randn(shape, generator=generator) * (SIGMA_255 / 255)
    level = torch.full_like(clean[:, :1], SIGMA_255 / 255)
    return torch.cat([clean + noise, level], dim=1).to(device), noise.to(device)


def _patches(quick: bool) -> int:
    return QUICK_PATCHES if quick else PATCHES
