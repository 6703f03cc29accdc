"""What looking inside a network finds, as plain data that the window can show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FINITE_DIFFERENCE_TOLERANCE = 1e-6
AUTOGRAD_TOLERANCE = 1e-10

Planes = npt.NDArray[np.uint8]


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
        values: the output itself, of the same shape, in half precision.
        lowest, highest: the range of its output.
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
    values: npt.NDArray[np.float16]
    lowest: float
    highest: float


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
    """

    model: str
    picture: str
    sigma_255: float
    layers: tuple[LayerReport, ...]
    kernels: Planes | None
    parameters: int


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
