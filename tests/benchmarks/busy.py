"""Row group: the layers beside other programs that keep cores busy, as a laptop's do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from tests.benchmarks import conv2d, training_step, upsampling
from tests.benchmarks.module_comparison import best_of_each, compare_forward
from tests.benchmarks.peak_memory import PROJECT
from tests.benchmarks.photo_model import photo_denoiser
from tests.benchmarks.row import Row, Target
from tests.benchmarks.settings import Settings
from tests.benchmarks.timing import alternate
from tests.benchmarks.torch_twin import torch_twin

CHECKED_SIZE = 64
SETTLING_SECONDS, TRAINING_SETTLING_SECONDS = 0.5, 8.0
"""What the other programs run before anything is measured: threads are dealt out by then."""

LOWEST = 19
TARGET, STEP_TARGET = Target("ratio", 1.1), Target("ratio", 1.2)
CALL_TARGET = Target("ratio", 1.3)
STEP_WAY = "channels last, fused Adam"

LOOP = "while True: pass"

TRAINING = """
from tests.benchmarks.training_step import scratch_step
step = scratch_step(False, "cpu")
while True: step()
"""

CALL = """
import time
frame = time.perf_counter()
while True:
    while time.perf_counter() < frame + 0.010: pass
    frame += 1 / 30
    time.sleep(max(0, frame - time.perf_counter()))
"""
"""One direction of a video call, coded by a processor: 30 frames a second, 10 ms each."""


@dataclass(frozen=True)
class Company:
    """Programs that keep the processor busy.

    Attributes:
        name: what a row says of them.
        program: what each of them does, in Python.
        count: how many there are.
        nice: how far their priority is lowered.
        settling_seconds: how long they run before anything is measured.
        target: of a layer's and the network's ratio beside them.
        step_target: of a training step's.
    """

    name: str
    program: str
    count: int = 1
    nice: int = 0
    settling_seconds: float = SETTLING_SECONDS
    target: Target | None = TARGET
    step_target: Target | None = STEP_TARGET


COMPANY = (
    Company("a busy loop", LOOP),
    Company("2 busy loops", LOOP, 2),
    Company("2 busy loops of lowest priority", LOOP, 2, LOWEST, target=None, step_target=None),
    Company("another training", TRAINING, settling_seconds=TRAINING_SETTLING_SECONDS),
    Company("a video call", CALL, 2, target=CALL_TARGET, step_target=CALL_TARGET),
)

LAYERS = (
    conv2d.Shape(8, 8, 256),
    conv2d.Shape(64, 64, 128),
    upsampling.Shape(64, 32, 64),
)
QUICK_LAYERS = (conv2d.Shape(8, 8, 16),)
SIZE, QUICK_SIZE = 512, 64


def rows(settings: Settings) -> Iterator[Row]:
    """Yield layers and the photo network beside each company, both sides in turns."""
    for company in COMPANY[:1] if settings.quick else COMPANY:
        if company.nice and not hasattr(os, "nice"):
            continue
        with present(company):
            time.sleep(0 if settings.quick else company.settling_seconds)
            for shape in QUICK_LAYERS if settings.quick else LAYERS:
                yield _layer(shape, company, settings)
            yield _network(company, settings)
            yield _training_step(company, settings)


@contextmanager
def present(company: Company) -> Iterator[None]:
    """Keep a company's programs running inside."""
    lowered = f"import os\nif {company.nice}: os.nice({company.nice})\n"
    command = [sys.executable, "-c", lowered + company.program]
    programs = [subprocess.Popen(command, cwd=PROJECT) for _ in range(company.count)]
    try:
        yield
    finally:
        for program in programs:
            program.kill()
            program.wait()


def _layer(shape: conv2d.Shape | upsampling.Shape, company: Company, settings: Settings) -> Row:
    layer = shape.layer()
    twin = torch_twin(layer, torch.randn(1, shape.inputs, 16, 16))
    layer.to(settings.device)
    twin.to(settings.device)
    image = torch.randn((shape.batch, shape.inputs, shape.size, shape.size), device=settings.device)
    found = compare_forward(layer, twin, image, settings)
    name = f"{type(layer).__name__} {shape}, beside {company.name}"
    return found.row(name, shape.multiply_adds(), company.target)


def _network(company: Company, settings: Settings) -> Row:
    network = photo_denoiser(settings.quick).network
    twin = torch_twin(network, torch.rand(1, 4, CHECKED_SIZE, CHECKED_SIZE))
    size = QUICK_SIZE if settings.quick else SIZE
    image = torch.rand((1, 4, size, size), device=settings.device)
    found = compare_forward(network.to(settings.device), twin.to(settings.device), image, settings)
    name = f"photo network {size}x{size}, beside {company.name}"
    return Row(
        name,
        found.scratch_ms,
        found.torch_ms,
        other=f"torch.nn, {found.torch_way}",
        target=company.target,
    )


def _training_step(company: Company, settings: Settings) -> Row:
    quick, device = settings.quick, str(settings.device)
    sides = {
        ("scratch", ""): training_step.scratch_step(quick, device),
        ("torch", STEP_WAY): training_step.torch_step(quick, device, STEP_WAY),
    }
    found = best_of_each(alternate(sides, settings))
    name = f"photo network, training step, beside {company.name}"
    other = f"torch.nn, {STEP_WAY}"
    return Row(name, found.scratch_ms, found.torch_ms, other=other, target=company.step_target)
