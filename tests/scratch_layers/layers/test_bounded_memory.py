"""What a convolution needs beyond its input and output, measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAM = """
import resource, sys
import torch
from scratch_layers import Conv2d, Upsampling

name, height, width, mode = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
layers = {
    "Conv2d": Conv2d(64, 64, 3, padding=1, padding_mode=mode),
    "strided": Conv2d(64, 64, 3, 2, 1, padding_mode=mode),
    "Upsampling": Upsampling(64, 64, 3, padding=1, transposeconvargs=False, scale_factor=2),
}
# A platform's own unit: bytes on macOS, kilobytes elsewhere.
unit = 1 if sys.platform == "darwin" else 1024
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
layer = layers[name].eval()
layer(torch.zeros(1, 64, 40, 40))
image = torch.full((1, 64, height, width), 0.5)
before = peak()
output = layer(image)
print(peak() - before - output.numel() * output.element_size())
"""

needs_resource = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no resource module to measure with"
)


def extra_bytes(layer: str, height: int, width: int, mode: str = "zeros") -> int:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, layer, str(height), str(width), mode],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=280,
    )
    return int(result.stdout)


@needs_resource
@pytest.mark.parametrize("layer", ["Conv2d", "strided"])
def test_a_photo_needs_little_beyond_input_and_output(layer: str) -> None:
    """The matrix of a whole-image im2col alone would be 3.5 GB for a 3x3 kernel."""
    assert extra_bytes(layer, 1500, 1000) < 100e6


@needs_resource
def test_upsampling_never_builds_the_enlarged_image() -> None:
    enlarged = 64 * 800 * 600 * 4
    assert extra_bytes("Upsampling", 400, 300) < enlarged / 2


@needs_resource
def test_padding_with_pixels_makes_one_copy_of_the_image() -> None:
    copy = 64 * 802 * 602 * 4
    assert extra_bytes("Conv2d", 800, 600, "reflect") < 1.5 * copy


@needs_resource
@pytest.mark.slow
def test_a_six_megapixel_photo_through_64_channels() -> None:
    assert extra_bytes("Conv2d", 2000, 3000) < 1.5e9
