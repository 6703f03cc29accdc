"""Row group: how many parallel regions a call enters, since each waits for the slowest thread.

``python -m tests.benchmarks.regions`` counts, in a process into which GNU's OpenMP is loaded
behind a counter; a C compiler and Linux are needed.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import nn

from scratch_layers.functional.memory import Pool, recycling
from scratch_layers.module import Module
from scratch_layers.threads import threads
from tests.benchmarks import conv2d, upsampling
from tests.benchmarks.peak_memory import PROJECT, ChildError
from tests.benchmarks.photo_model import photo_denoiser
from tests.benchmarks.row import Row
from tests.benchmarks.settings import Settings
from tests.benchmarks.torch_twin import torch_twin

COUNTER = """
#define _GNU_SOURCE
#include <dlfcn.h>
static long count;
long regions_entered(void) { return count; }
typedef void (*Enter)(void (*)(void *), void *, unsigned, unsigned);
void GOMP_parallel(void (*work)(void *), void *data, unsigned threads, unsigned flags) {
    static Enter enter;
    if (!enter) enter = (Enter)dlsym(RTLD_NEXT, "GOMP_parallel");
    if (threads != 1) __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
    enter(work, data, threads, flags);
}
"""
LAYERS = (conv2d.Shape(8, 8, 256), conv2d.Shape(64, 64, 128), upsampling.Shape(64, 32, 64))
SIZE, QUICK_SIZE = 256, 64
CHECKED_SIZE = 64
CORES = 2


def rows(settings: Settings) -> Iterator[Row]:
    """Yield the regions of a call on both sides."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        yield Row("parallel regions", note="skipped: counting them needs Linux and a C compiler")
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, ours, theirs in _count_in_child(compiler, Path(folder), settings.quick):
            ratio = ours / max(1, theirs)
            note = f"{ours} against {theirs} on {CORES} cores"
            yield Row(f"{name}: parallel regions", ratio=ratio, other="torch.nn", note=note)


def _count_in_child(compiler: str, folder: Path, quick: bool) -> list[tuple[str, int, int]]:
    source, library = folder / "counter.c", folder / "counter.so"
    source.write_text(COUNTER, encoding="utf-8")
    subprocess.run([compiler, "-shared", "-fPIC", source, "-o", library, "-ldl"], check=True)
    command = [sys.executable, "-m", "tests.benchmarks.regions", json.dumps(quick)]
    environment = {**os.environ, "LD_PRELOAD": str(library), "OMP_NUM_THREADS": str(CORES)}
    finished = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    if finished.returncode:
        raise ChildError(finished.stderr)
    found: list[tuple[str, int, int]] = json.loads(finished.stdout)
    return found


def counts(quick: bool) -> list[tuple[str, int, int]]:
    """Return what was called, and the regions that this library and torch.nn entered."""
    threads.choose(CORES)
    torch.set_num_threads(CORES)
    found = []
    for shape in LAYERS[:1] if quick else LAYERS:
        layer = shape.layer()
        image = torch.randn(shape.batch, shape.inputs, shape.size, shape.size)
        name = f"{type(layer).__name__} {shape}"
        found.append((name, *_both(layer, torch_twin(layer, image[:, :, :16, :16]), image)))
    network = photo_denoiser(quick).network
    size = QUICK_SIZE if quick else SIZE
    twin = torch_twin(network, torch.rand(1, 4, CHECKED_SIZE, CHECKED_SIZE))
    image = torch.rand(1, 4, size, size)
    return [*found, (f"photo network {size}x{size}", *_both(network, twin, image))]


def _both(module: Module, twin: nn.Module, image: torch.Tensor) -> tuple[int, int]:
    module.eval()
    blocks = Pool()
    image = image.contiguous(memory_format=torch.channels_last)
    twin.eval().to(memory_format=torch.channels_last)

    def ours() -> None:
        with recycling(blocks):
            module.forward(image)

    with torch.inference_mode():
        return _regions(ours), _regions(lambda: twin(image))


def _regions(work: Callable[[], object]) -> int:
    entered = ctypes.CDLL(None).regions_entered
    entered.restype = ctypes.c_long
    work()
    before = entered()
    work()
    return int(entered() - before)


if __name__ == "__main__":
    print(json.dumps(counts(json.loads(sys.argv[1]))))
