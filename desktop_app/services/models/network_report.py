"""What looking inside a network finds, as plain data that the window can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from desktop_app.services.models.sums_of_products import Numbers, Part, SlidingKernel

FINITE_DIFFERENCE_TOLERANCE = 1e-6
AUTOGRAD_TOLERANCE = 1e-10

Planes = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]
Spans = npt.NDArray[np.int32]
Box = tuple[int, int, int, int]
"""First row, first column, row after the last, column after the last."""


@dataclass(frozen=True, eq=False)
class NetworkChanges:
    """What is to be different in a copy of a network.

    Attributes:
        off: names of layers and their output channels that put out zeros.
        kernels: (k, k) new weights by the layer's name, output channel and input channel.
    """

    off: frozenset[tuple[str, int]] = frozenset()
    kernels: Mapping[tuple[str, int, int], Numbers] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.off or self.kernels)


@dataclass(frozen=True)
class LayerReport:
    """One layer at work on one picture.

    Attributes:
        name: its dotted name in the network, as in the names of its parameters.
        kind: its class, such as ``Conv2d``.
        details: its arguments in short, such as ``3x3, stride 2``.
        input_shape, output_shape: channels, height and width.
        parameters: how many numbers it has learned.
        depth: in how many residuals it stands.
        skip_from: for the sum at the end of a residual, the index of the first layer that is
            skipped; ``None`` for all others.
        maps: (channels, height, width) its output, each channel stretched to 0-255 by itself.
        values: the output itself, of the same shape.
        lowest, highest: the range of its output.
        rows_read, columns_read: (positions, 2) first and last row (column) of the photo on which
            an output position depends.
        kernel: the numbers of a layer that slides a kernel, ``None`` for others.
        moved_from: of a layer that only moves values, (channels, height, width) the number that
            each has in its input, counted row by row; ``None`` for others.
        multiply_adds: multiplications, each with its addition, for this picture.
        purpose, equation, documentation: what the layer says of itself.
    """

    name: str
    kind: str
    details: str
    input_shape: tuple[int, int, int]
    output_shape: tuple[int, int, int]
    parameters: int
    depth: int
    skip_from: int | None
    maps: Planes
    values: Numbers
    lowest: float
    highest: float
    rows_read: Spans
    columns_read: Spans
    kernel: SlidingKernel | None
    moved_from: Indices | None
    multiply_adds: int
    purpose: str
    equation: str
    documentation: str

    def receptive_field(self, row: int, column: int) -> Box:
        """Return the part of the photo on which an output position depends."""
        (top, bottom), (left, right) = self.rows_read[row], self.columns_read[column]
        return int(top), int(left), int(bottom) + 1, int(right) + 1


@dataclass(frozen=True)
class NetworkReport:
    """A whole network at work on one picture.

    Attributes:
        model: title of the model.
        picture: name of the picture.
        sigma_255: the noise level it was told.
        layers: in the order in which they run.
        kernels: (out channels, k, k, 3) the kernels of the first convolution as colour pictures;
            gray stands for zero. ``None`` where the network does not begin with a convolution of
            colours.
        parameters: how many numbers it has learned.
        input: (channels, H, W) what the network is given.
        photo: (H, W, 3) the part of the picture that it is given, as far as it has colours.
        denoised: (H, W, 3) what the photo becomes.
    """

    model: str
    picture: str
    sigma_255: float
    layers: tuple[LayerReport, ...]
    kernels: Planes | None
    parameters: int
    input: Numbers
    photo: Planes
    denoised: Planes

    def given_to(self, index: int) -> Numbers:
        """Return (channels, H, W) what a layer reads."""
        return self.input if index == 0 else self.layers[index - 1].values


@dataclass(frozen=True)
class LayerGradient:
    """The gradient of one output value of a network with respect to the output of a layer.

    Attributes:
        name: of the layer.
        maps: (channels, height, width) the part that is not zero, gray for zero, lighter above it,
            darker below.
        corner: row and column of its first value.
        part: the numbers behind the maps.
        norm: root of the sum of squares.
        touched: at how many positions it is not zero.
    """

    name: str
    maps: Planes
    corner: tuple[int, int]
    part: Part
    norm: float
    touched: int


@dataclass(frozen=True)
class GradientFlow:
    """The gradient of one output value on its way back.

    Attributes:
        place: channel, row and column of the value.
        layers: in running order, the gradients with respect to their outputs.
        photo: (H, W, 3) that with respect to the photo, shown as the maps are.
        input: that with respect to what the network is given.
    """

    place: tuple[int, int, int]
    layers: tuple[LayerGradient, ...]
    photo: Planes
    input: Part


@dataclass(frozen=True)
class GradientError:
    """How far a hand-written gradient is from two others.

    Attributes:
        variable: ``input``, or the name of a parameter.
        finite_differences: largest relative error of its slope along random directions.
        autograd: largest difference to the gradient that torch computes by itself, relative to
            the largest value of that.
    """

    variable: str
    finite_differences: float
    autograd: float


@dataclass(frozen=True)
class GradientCheck:
    """The gradients of one layer, checked in double precision.

    Attributes:
        layer: its name.
        errors: one for its input and one for each of its parameters.
        directions: along how many random directions slopes were measured.
    """

    layer: str
    errors: tuple[GradientError, ...]
    directions: int

    @property
    def worst(self) -> GradientError:
        """The largest errors of all variables."""
        return GradientError(
            "all",
            max(error.finite_differences for error in self.errors),
            max(error.autograd for error in self.errors),
        )

    @property
    def passed(self) -> bool:
        """Whether the errors are what rounding explains."""
        return (
            self.worst.finite_differences < FINITE_DIFFERENCE_TOLERANCE
            and self.worst.autograd < AUTOGRAD_TOLERANCE
        )
