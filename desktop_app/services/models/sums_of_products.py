"""Every number that a sliding kernel makes, forward or backward, is a sum of products.

Output :math:`(i, j)` meets, at tap :math:`(u, v)` of the kernel, one pixel of the input or none:
row :math:`\\lfloor (s i - b + d u) / m \\rfloor`, where :math:`s` is the stride, :math:`b` the
padding before the image, :math:`d` the dilation and :math:`m` how many times the image is enlarged
first (1 but for layers that enlarge); columns alike. These triples of output, tap and pixel hold
all three sums: an output adds input x weight over its triples, the gradient of a pixel adds output
gradient x weight over those of the pixel, that of a weight adds output gradient x input over those
of the tap.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from scratch_layers.window import Window

Numbers = npt.NDArray[np.float32]
Cell = tuple[int, int]
Pair = tuple[int, int]


@dataclass(frozen=True)
class SlidingKernel:
    """The numbers of a layer that slides a kernel.

    Attributes:
        window: which pixel each tap meets.
        weight: (out channels, channels of a group, k, k).
        bias: (out channels,), or ``None``.
        groups: into how many parts the channels are cut.
    """

    window: Window
    weight: Numbers
    bias: Numbers | None
    groups: int = 1


@dataclass(frozen=True)
class SumOfProducts:
    r"""One number as :math:`start + \sum_n left_n \cdot right_n`, term after term.

    Attributes:
        left, right: (groups, rows, columns) the numbers that are multiplied.
        terms: (n, 5) of each term its group, then row and column in ``left`` and in ``right``.
        start: what the sum begins with.
        names: of ``left`` and ``right``.
        beginning: what the start is.
        group: what a group stands for.
    """

    left: Numbers
    right: Numbers
    terms: npt.NDArray[np.int32]
    start: float = 0.0
    names: tuple[str, str] = ("window", "kernel")
    beginning: str = "the bias"
    group: str = "input map"

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
        found = kernel.window.pixel(output, (row, column), image.shape[1:])
        if found is not None:
            window[:, row, column] = image[first : first + channels, found[0], found[1]]
    places = np.indices(weight.shape).reshape(3, -1).T
    terms = np.concatenate([places, places[:, 1:]], axis=1).astype(np.int32)
    start = 0.0 if kernel.bias is None else float(kernel.bias[channel])
    return SumOfProducts(window, weight, terms, start)


@dataclass(frozen=True)
class Part:
    """The part of (channels, H, W) that is not zero.

    Attributes:
        values: (channels, rows, columns).
        corner: row and column of its first value.
    """

    values: Numbers
    corner: Cell = (0, 0)

    def at(self, channel: int, row: int, column: int) -> float:
        """Return one value of the whole."""
        inside = row - self.corner[0], column - self.corner[1]
        high, wide = self.values.shape[1:]
        if not (0 <= inside[0] < high and 0 <= inside[1] < wide):
            return 0.0
        return float(self.values[channel, inside[0], inside[1]])


def input_gradient_sum(
    kernel: SlidingKernel, upstream: Part, size: Pair, channel: int, pixel: Cell
) -> SumOfProducts | None:
    r"""Return the sum behind one value of the gradient of a layer's input.

    :math:`\partial L / \partial x_p = \sum w_t \, \partial L / \partial y_o` over the outputs
    :math:`o` that read :math:`p`, each through its tap :math:`t`.

    Args:
        upstream: the gradient of the layer's output.
        size: height and width of the input.
        channel, pixel: which value.

    Returns:
        A sum with a group for each output channel: the kernel, and for each of its taps the
        gradient of the output that reads the pixel through it. Where several do, as in an
        upsampling, the kernel stands several times. ``None`` where no output that counts does.
    """
    outs, into, *taps = kernel.weight.shape
    each = outs // kernel.groups
    first = channel // into * each
    readers = [
        _readers(kernel, axis, upstream, taps[axis], size[axis], pixel[axis]) for axis in (0, 1)
    ]
    if not all(readers):
        return None
    copies = [
        1 + max(place for place, _ in found) // taps[axis] for axis, found in enumerate(readers)
    ]
    right = np.tile(kernel.weight[first : first + each, channel % into], (1, *copies))
    left = np.zeros_like(right)
    terms = []
    for (row, output_row), (column, output_column) in product(*readers):
        left[:, row, column] = upstream.values[first : first + each, output_row, output_column]
        terms += [(group, row, column, row, column) for group in range(each)]
    return SumOfProducts(
        left,
        right,
        np.array(sorted(terms), np.int32),
        names=("gradient", "kernel"),
        beginning="nothing",
        group="output map",
    )


def _readers(
    kernel: SlidingKernel, axis: int, upstream: Part, taps: int, size: int, pixel: int
) -> list[tuple[int, int]]:
    """Return through which tap which of the upstream rows (or columns) reads a pixel.

    The number of taps is added to a tap for each earlier reader through it.
    """
    found: list[tuple[int, int]] = []
    for tap in range(taps):
        place = tap
        for row in range(upstream.values.shape[1 + axis]):
            if kernel.window.position(axis, upstream.corner[axis] + row, tap, size) == pixel:
                found.append((place, row))
                place += taps
    return found


def weight_gradient_sum(
    kernel: SlidingKernel, upstream: Part, image: Numbers, weight: tuple[int, int, int, int]
) -> SumOfProducts | None:
    r"""Return the sum behind the gradient of one weight.

    :math:`\partial L / \partial w_t = \sum_o x_p \, \partial L / \partial y_o` over all outputs
    :math:`o`, each with the pixel :math:`p` that it reads through the tap.

    Args:
        upstream: the gradient of the layer's output.
        image: (channels, H, W) what the layer was given.
        weight: output channel, channel of the group, row and column of the tap.

    Returns:
        A sum of one group; ``None`` where every product is zero.
    """
    out, into, *tap = weight
    channel = out * kernel.groups // len(kernel.weight) * kernel.weight.shape[1] + into
    corner, made, size = upstream.corner, upstream.values.shape[1:], image.shape[1:]
    rows, columns = (
        [
            kernel.window.position(axis, corner[axis] + place, tap[axis], size[axis])
            for place in range(made[axis])
        ]
        for axis in (0, 1)
    )
    left = upstream.values[out]
    right = np.zeros_like(left)
    terms = []
    for (row, source_row), (column, source_column) in product(enumerate(rows), enumerate(columns)):
        if source_row is not None and source_column is not None:
            right[row, column] = image[channel, source_row, source_column]
            if left[row, column]:
                terms.append((0, row, column, row, column))
    if not terms:
        return None
    return SumOfProducts(
        left[None],
        right[None],
        np.array(terms, np.int32),
        names=("gradient", "input"),
        beginning="nothing",
    )
