"""Row group: Conv2d against torch.nn.Conv2d over a sweep of shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from scratch_layers import Conv2d
from tests.benchmarks.module_comparison import compare_forward, compare_forward_backward
from tests.benchmarks.row import Row, Target
from tests.benchmarks.settings import Settings
from tests.benchmarks.timing import geometric_mean
from tests.benchmarks.torch_twin import torch_twin

CHECKED_SIZE = 16
"""Height and width of the image on which both sides must agree before they are timed."""


@dataclass(frozen=True)
class Shape:
    """A convolution that keeps the image's size, but for its stride, and what it is given."""

    inputs: int
    outputs: int
    size: int
    kernel: int = 3
    stride: int = 1
    dilation: int = 1
    batch: int = 1
    groups: int = 1

    def __str__(self) -> str:
        parts = [f"{self.inputs} to {self.outputs}", f"{self.size}x{self.size}", f"k{self.kernel}"]
        parts += [f"s{self.stride}"] if self.stride > 1 else []
        parts += [f"d{self.dilation}"] if self.dilation > 1 else []
        parts += [f"batch {self.batch}"] if self.batch > 1 else []
        parts += [f"{self.groups} groups"] if self.groups > 1 else []
        return ", ".join(parts)

    @property
    def is_wide_3x3(self) -> bool:
        """Whether it is one of those that the network's speed depends on most."""
        return self.kernel == 3 and min(self.inputs, self.outputs) >= 64

    @property
    def padding(self) -> int:
        """What keeps the size, where the kernel's is odd."""
        return self.dilation * (self.kernel - 1) // 2

    def layer(self) -> Conv2d:
        """Return the layer with fresh random parameters."""
        return Conv2d(
            self.inputs,
            self.outputs,
            self.kernel,
            self.stride,
            self.padding,
            self.dilation,
            self.groups,
        )

    def multiply_adds(self) -> int:
        """Return those of the forward pass."""
        reach = self.dilation * (self.kernel - 1) + 1
        output = (self.size + 2 * self.padding - reach) // self.stride + 1
        inputs = self.inputs // self.groups
        return self.batch * output**2 * self.outputs * inputs * self.kernel**2


SWEEP = (
    # 3x3, from few channels and many pixels to the reverse
    Shape(3, 16, 512),
    Shape(3, 64, 256),
    Shape(8, 8, 256),
    Shape(16, 32, 256),
    Shape(32, 12, 256),
    Shape(32, 32, 512),
    Shape(32, 32, 128),
    Shape(32, 32, 32, batch=16),
    Shape(64, 64, 256),
    Shape(64, 64, 64),
    Shape(64, 64, 16, batch=16),
    Shape(96, 96, 128),
    Shape(128, 128, 128),
    Shape(128, 128, 32),
    Shape(256, 256, 64),
    Shape(256, 256, 16),
    # 3x3, dilated and strided
    Shape(32, 32, 128, dilation=2),
    Shape(64, 64, 64, dilation=2),
    Shape(128, 128, 32, dilation=2),
    Shape(3, 32, 512, stride=2),
    Shape(32, 64, 128, stride=2),
    Shape(64, 128, 64, stride=2),
    Shape(32, 32, 128, stride=2, dilation=2),
    # 1x1
    Shape(3, 64, 512, kernel=1),
    Shape(32, 32, 256, kernel=1),
    Shape(64, 64, 128, kernel=1),
    Shape(128, 256, 64, kernel=1),
    Shape(256, 256, 16, kernel=1),
    Shape(64, 128, 64, kernel=1, stride=2),
    # 5x5
    Shape(3, 32, 256, kernel=5),
    Shape(16, 16, 256, kernel=5),
    Shape(64, 64, 64, kernel=5),
    Shape(32, 64, 128, kernel=5, stride=2),
    Shape(32, 32, 64, kernel=5, dilation=2),
    # 2x2: the photo network's way down
    Shape(32, 64, 256, kernel=2, stride=2),
)
DEPTHWISE = (Shape(256, 256, 64, groups=256), Shape(32, 32, 128, groups=32))
QUICK_SWEEP = (
    Shape(3, 8, 32),
    Shape(64, 64, 16),
    Shape(8, 8, 16, kernel=1),
    Shape(4, 8, 16, kernel=5, stride=2, dilation=2),
)

FORWARD_TARGET, BOTH_TARGET = Target("ratio", 1.35), Target("ratio", 1.15)
WIDE_TARGET = Target("ratio", 0.90)
WORST_TARGET = Target("ratio", 3.0)
DEPTHWISE_TARGET = Target("ratio", 3.0)


def rows(settings: Settings) -> Iterator[Row]:
    """Yield every shape forward and forward + backward, the means and the worst, then depthwise."""
    forward: dict[Shape, Row] = {}
    both: dict[Shape, Row] = {}
    for shape in QUICK_SWEEP if settings.quick else SWEEP:
        forward[shape], both[shape] = _compare(shape, settings)
        yield forward[shape]
        yield both[shape]
    wide = [row for shape, row in forward.items() if shape.is_wide_3x3]
    yield _mean("3x3 from 64 channels, forward", wide, WIDE_TARGET)
    for title, found, target in (
        ("forward", forward, FORWARD_TARGET),
        ("forward + backward", both, BOTH_TARGET),
    ):
        measured = list(found.values())
        yield _mean(f"whole sweep, {title}", measured, target)
        worst = max(measured, key=lambda row: row.ratio or 0)
        yield Row(
            f"whole sweep, {title}: slowest row",
            ratio=worst.ratio,
            target=WORST_TARGET,
            note=worst.name,
        )
    for shape in () if settings.quick else DEPTHWISE:
        yield from (replace(row, target=DEPTHWISE_TARGET) for row in _compare(shape, settings))


def _compare(shape: Shape, settings: Settings) -> tuple[Row, Row]:
    layer = shape.layer()
    twin = torch_twin(layer, torch.randn(1, shape.inputs, CHECKED_SIZE, CHECKED_SIZE))
    layer.to(settings.device)
    twin.to(settings.device)
    image = torch.randn((shape.batch, shape.inputs, shape.size, shape.size), device=settings.device)
    count = shape.multiply_adds()
    forward = compare_forward(layer, twin, image, settings)
    both = compare_forward_backward(layer, twin, image, settings)
    return (
        forward.row(f"{shape}: forward", count),
        both.row(f"{shape}: forward + backward", 3 * count),
    )


def _mean(title: str, measured: list[Row], target: Target) -> Row:
    ratios = [row.ratio for row in measured if row.ratio is not None]
    return Row(
        f"{title}: geometric mean",
        ratio=geometric_mean(ratios),
        target=target,
        note=f"of {len(ratios)} rows",
    )
