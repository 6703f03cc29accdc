"""What layers need beyond their input and output, measured in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Importing torch takes longer than all of the work, so one process imports it for all.
PROGRAM = """
import json, os, resource, sys
import torch
from scratch_layers import Conv2d, Upsampling

# A platform's own unit: bytes on macOS, kilobytes elsewhere.
unit = 1 if sys.platform == "darwin" else 1024
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

def measure(name, height, width, mode):
    layers = {
        "Conv2d": Conv2d(64, 64, 3, padding=1, padding_mode=mode),
        "strided": Conv2d(64, 64, 3, 2, 1, padding_mode=mode),
        "Upsampling": Upsampling(64, 64, 3, padding=1, transposeconvargs=False, scale_factor=2),
    }
    layer = layers[name].eval()
    layer(torch.zeros(1, 64, 40, 40))
    image = torch.full((1, 64, height, width), 0.5)
    before = peak()
    output = layer(image)
    return peak() - before - output.numel() * output.element_size()

for case in json.loads(sys.argv[1]):
    child = os.fork()
    if child == 0:
        print(measure(*case), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""
CASES = {
    "plain": ("Conv2d", 700, 700, "zeros"),
    "strided": ("strided", 700, 700, "zeros"),
    "upsampling": ("Upsampling", 400, 300, "zeros"),
    "reflected": ("Conv2d", 500, 400, "reflect"),
}

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork processes")


@pytest.fixture(scope="module")
def extra_bytes() -> dict[str, int]:
    """What each case takes beyond its input and output."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(list(CASES.values()))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=280,
    )
    return dict(zip(CASES, map(int, result.stdout.split()), strict=True))


@pytest.mark.parametrize("case", ["plain", "strided"])
def test_a_photo_needs_little_beyond_input_and_output(extra_bytes, case: str) -> None:
    """The matrix of a whole-image im2col alone would be 1.1 GB for a 3x3 kernel."""
    assert extra_bytes[case] < 100e6


def test_upsampling_never_builds_the_enlarged_image(extra_bytes) -> None:
    enlarged = 64 * 800 * 600 * 4
    assert extra_bytes["upsampling"] < enlarged / 2


def test_padding_with_pixels_makes_one_copy_of_the_image(extra_bytes) -> None:
    copy = 64 * 502 * 402 * 4
    assert extra_bytes["reflected"] < 1.5 * copy
