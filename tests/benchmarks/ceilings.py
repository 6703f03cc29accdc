"""Row group: what the machine itself can do at most, to read every other figure against."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import torch

from tests.benchmarks.machine import bfloat16_problem
from tests.benchmarks.row import Row, gflops
from tests.benchmarks.settings import Settings
from tests.benchmarks.timing import alternate

PRODUCTS = (
    (2048, 2048, 2048),
    (1024, 288, 32),
    (1024, 576, 64),
    (16384, 288, 32),
)
"""Rows, summed length, columns: a large product, then those of convolutions in chunks of rows."""
QUICK_PRODUCTS = ((64, 64, 64), (128, 288, 32))

COPIED_BYTES = {"in cache": 2**17, "in main memory": 2**28}
QUICK_COPIED_BYTES = {"in cache": 2**12, "in main memory": 2**16}


def rows(settings: Settings) -> Iterator[Row]:
    """Yield matrix products in float32 and bfloat16, then copies."""
    problem = bfloat16_problem(settings.device)
    for dtype in (torch.float32, torch.bfloat16):
        for shape in QUICK_PRODUCTS if settings.quick else PRODUCTS:
            name = f"matrix product {' x '.join(map(str, shape))}, {_short(dtype)}"
            if dtype == torch.bfloat16 and problem:
                yield Row(name, other="torch", note=f"skipped: {problem}")
            else:
                yield _product(name, shape, dtype, settings)
    sizes = QUICK_COPIED_BYTES if settings.quick else COPIED_BYTES
    for place, count in sizes.items():
        yield _copy(place, count, settings)


def _product(name: str, shape: tuple[int, int, int], dtype: torch.dtype, settings: Settings) -> Row:
    height, length, width = shape
    left = torch.randn((height, length), device=settings.device).to(dtype)
    right = torch.randn((length, width), device=settings.device).to(dtype)
    output = left.new_empty((height, width))
    times = alternate({"product": partial(torch.mm, left, right, out=output)}, settings)
    milliseconds = times["product"]
    speed = gflops(height * length * width, milliseconds)
    return Row(name, other_ms=milliseconds, other_gflops=speed, other="torch")


def _copy(place: str, count: int, settings: Settings) -> Row:
    source = torch.ones(count // 4, device=settings.device)
    target = torch.empty_like(source)
    milliseconds = alternate({"copy": lambda: target.copy_(source)}, settings)["copy"]
    speed = count / milliseconds / 1e6
    size = f"{count // 2**20} MiB" if count >= 2**20 else f"{count // 2**10} KiB"
    return Row(
        f"copy {place}, {size}",
        other_ms=milliseconds,
        other="torch",
        note=f"{speed:.0f} GB/s copied, each byte read once and written once",
    )


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
