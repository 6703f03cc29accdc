"""Every number that a sliding kernel makes, forward or backward, is a sum of products.

Output :math:`(i, j)` meets, at tap :math:`(u, v)` of the kernel, one pixel of the input or none:
row :math:`\\lfloor (s i - b + d u) / m \\rfloor`, where :math:`s` is the stride, :math:`b` the
padding before the image, :math:`d` the dilation and :math:`m` how many times the image is enlarged
first (1 but for Upsampling); columns alike. These triples of output, tap and pixel hold all three
sums: an output adds input x weight over its triples, the gradient of a pixel adds output gradient x
weight over those of the pixel, that of a weight adds output gradient x input over those of the tap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float32]
Cell = tuple[int, int]
Pair = tuple[int, int]

CONVOLUTION, UPSAMPLING = "Convolution", "Upsampling"
OUTPUT, INPUT_GRADIENT, WEIGHT_GRADIENT = "Output", "Input gradient", "Weight gradient"

PADDING_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""What numpy calls the ways of continuing an image that are not zeros."""


@dataclass(frozen=True)
class SlidingKernel:
    """The numbers of a convolution, or of an upsampling with its convolution.

    Attributes:
        weight: (out channels, channels of a group, k, k).
        bias: (out channels,), or ``None``.
        stride, dilation: of the convolution.
        before: rows and columns of padding before the (enlarged) image; negative numbers crop.
        scale: how many times the image is enlarged before it is convolved.
        groups: into how many parts the channels are cut.
        padding_mode: how the image goes on beside its edges.
    """

    weight: Numbers
    bias: Numbers | None
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    before: Pair = (0, 0)
    scale: Pair = (1, 1)
    groups: int = 1
    padding_mode: str = "zeros"

    def source(self, output: Cell, tap: Cell, size: Pair) -> Cell | None:
        """Return the pixel that a tap meets, or ``None`` where it meets padding of zeros."""
        found = []
        for axis in (0, 1):
            enlarged = size[axis] * self.scale[axis]
            place = output[axis] * self.stride[axis] - self.before[axis]
            place += tap[axis] * self.dilation[axis]
            if not 0 <= place < enlarged:
                if self.padding_mode == "zeros":
                    return None
                place = _continued(place, enlarged, self.padding_mode)
            found.append(place // self.scale[axis])
        return found[0], found[1]


@dataclass(frozen=True)
class SumOfProducts:
    r"""One number as :math:`start + \sum_n left_n \cdot right_n`, term after term.

    Attributes:
        left, right: (groups, rows, columns) the numbers that are multiplied.
        terms: (n, 5) of each term its group, then row and column in ``left`` and in ``right``.
        start: what the sum begins with, such as a bias.
    """

    left: Numbers
    right: Numbers
    terms: npt.NDArray[np.int32]
    start: float = 0.0

    def __len__(self) -> int:
        return len(self.terms)

    def factors(self, number: int) -> tuple[float, float]:
        """Return the two numbers of a term."""
        group, row, column, other_row, other_column = self.terms[number]
        return (
            float(self.left[group, row, column]),
            float(self.right[group, other_row, other_column]),
        )

    def partial(self, count: int) -> float:
        """Return the sum of the start and the first ``count`` terms."""
        group, row, column, other_row, other_column = self.terms[:count].T
        products = self.left[group, row, column].astype(float)
        products = products * self.right[group, other_row, other_column]
        return float(self.start + products.sum())

    @property
    def by_group(self) -> Numbers:
        """What each group adds to the sum."""
        found = np.zeros(len(self.left), np.float32)
        group, row, column, other_row, other_column = self.terms.T
        products = self.left[group, row, column] * self.right[group, other_row, other_column]
        np.add.at(found, group, products)
        return found


@dataclass(frozen=True)
class WorkedSums:
    """All sums that make one small matrix, one after the other.

    Attributes:
        names: of ``left``, ``right`` and ``result``.
        left, right: matrices whose numbers are multiplied.
        result: the matrix of the sums.
        terms: of each product the cell that it adds to, its cell in ``left`` and in ``right``,
            ordered by the first.
    """

    names: tuple[str, str, str]
    left: Numbers
    right: Numbers
    result: Numbers
    terms: tuple[tuple[Cell, Cell, Cell], ...]

    def first_term(self, cell: Cell) -> int:
        """Return the number of the first term that adds to a cell."""
        return next(number for number, term in enumerate(self.terms) if term[0] >= cell)

    def partial(self, count: int) -> tuple[float, int]:
        """Return what the cell of the latest of ``count`` terms holds, and how many made it."""
        if not count:
            return 0.0, 0
        cell = self.terms[count - 1][0]
        own = [term for term in self.terms[:count] if term[0] == cell]
        return float(sum(self.left[left] * self.right[right] for _, left, right in own)), len(own)


def output_sum(kernel: SlidingKernel, image: Numbers, channel: int, output: Cell) -> SumOfProducts:
    """Return the sum behind one output value: the window of the image times the kernel.

    Args:
        image: (channels, H, W) what the layer is given.
        channel, output: which value of the output.

    Returns:
        A sum with a group for each input channel; ``left`` is the window under the kernel, zero
        beside the image.
    """
    weight = kernel.weight[channel]
    channels, height, width = weight.shape
    first = channel * kernel.groups // len(kernel.weight) * channels
    window = np.zeros_like(weight)
    for row, column in product(range(height), range(width)):
        found = kernel.source(output, (row, column), image.shape[1:])
        if found is not None:
            window[:, row, column] = image[first : first + channels, found[0], found[1]]
    places = np.indices(weight.shape).reshape(3, -1).T
    terms = np.concatenate([places, places[:, 1:]], axis=1).astype(np.int32)
    start = 0.0 if kernel.bias is None else float(kernel.bias[channel])
    return SumOfProducts(window, weight, terms, start)


def meetings(kernel: SlidingKernel, size: Pair, output: Pair) -> Iterator[tuple[Cell, Cell, Cell]]:
    """Yield which output, tap and pixel meet, for every tap that meets a pixel.

    Args:
        size, output: height and width of input and output.
    """
    height, width = kernel.weight.shape[2:]
    for place in product(range(output[0]), range(output[1])):
        for tap in product(range(height), range(width)):
            found = kernel.source(place, tap, size)
            if found is not None:
                yield place, tap, found


def _continued(place: int, size: int, mode: str) -> int:
    """Return which position of an axis stands at a place beside it."""
    beyond = max(-place, place - size + 1)
    indices = np.pad(np.arange(size), beyond, mode=PADDING_MODES[mode])  # type: ignore[call-overload]
    return int(indices[place + beyond])
