"""Row group: Upsampling (2x, 3x3) against torch.nn.Upsample followed by torch.nn.Conv2d."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from scratch_layers import Upsampling
from tests.benchmarks.module_comparison import compare_forward, compare_forward_backward
from tests.benchmarks.row import Row, Target
from tests.benchmarks.settings import Settings
from tests.benchmarks.timing import geometric_mean
from tests.benchmarks.torch_twin import torch_twin

SCALE, KERNEL = 2, 3
CHECKED_SIZE = 8


@dataclass(frozen=True)
class Shape:
    """Channels before and after, and the size of the small image."""

    inputs: int
    outputs: int
    size: int
    batch: int = 1

    def __str__(self) -> str:
        batch = f", batch {self.batch}" if self.batch > 1 else ""
        large = self.size * SCALE
        return f"{self.inputs} to {self.outputs}, {self.size}x{self.size} to {large}x{large}{batch}"

    def layer(self) -> Upsampling:
        """Return the layer with fresh random parameters."""
        return Upsampling(
            self.inputs,
            self.outputs,
            KERNEL,
            padding=1,
            transposeconvargs=False,
            scale_factor=SCALE,
        )

    def multiply_adds(self) -> int:
        """Return those of the convolution on the enlarged image, forward."""
        return self.batch * (SCALE * self.size) ** 2 * self.outputs * self.inputs * KERNEL**2


SWEEP = (
    Shape(6, 3, 256),
    Shape(32, 16, 256),
    Shape(64, 32, 256),
    Shape(64, 32, 64),
    Shape(64, 32, 16, batch=16),
    Shape(96, 96, 64),
    Shape(128, 64, 128),
    Shape(128, 64, 8, batch=16),
    Shape(256, 128, 32),
)
QUICK_SWEEP = (Shape(6, 3, 16), Shape(32, 32, 8))

FORWARD_TARGET = Target("ratio", 0.65)
BOTH_TARGET = Target("ratio", 0.60)


def rows(settings: Settings) -> Iterator[Row]:
    """Yield every shape forward and forward + backward, then the means."""
    forward_ratios, both_ratios = [], []
    for shape in QUICK_SWEEP if settings.quick else SWEEP:
        layer = shape.layer()
        twin = torch_twin(layer, torch.randn(1, shape.inputs, CHECKED_SIZE, CHECKED_SIZE))
        layer.to(settings.device)
        twin.to(settings.device)
        image = torch.randn(
            (shape.batch, shape.inputs, shape.size, shape.size), device=settings.device
        )
        forward = compare_forward(layer, twin, image, settings)
        both = compare_forward_backward(layer, twin, image, settings)
        forward_ratios.append(forward.scratch_ms / forward.torch_ms)
        both_ratios.append(both.scratch_ms / both.torch_ms)
        yield forward.row(f"{shape}: forward", shape.multiply_adds())
        yield both.row(f"{shape}: forward + backward", 3 * shape.multiply_adds())
    for title, ratios, target in (
        ("forward", forward_ratios, FORWARD_TARGET),
        ("forward + backward", both_ratios, BOTH_TARGET),
    ):
        yield Row(
            f"{title}: geometric mean",
            ratio=geometric_mean(ratios),
            target=target,
            note=f"of {len(ratios)} rows",
        )
