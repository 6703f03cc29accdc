"""A convolution and an upsampling small enough to be followed number by number.

The numbers are those of the library's own forward and backward passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from desktop_app.services.models.sums_of_products import Cell, Numbers, Pair, SlidingKernel

CONVOLUTION, UPSAMPLING = "Convolution", "Upsampling"
OUTPUT, INPUT_GRADIENT, WEIGHT_GRADIENT = "Output", "Input gradient", "Weight gradient"

IMAGES = {
    CONVOLUTION: [
        [1, 0, 2, 1, 0],
        [0, 3, 1, 0, 1],
        [2, 1, 0, 2, 0],
        [1, 0, 1, 3, 2],
        [0, 2, 1, 0, 1],
    ],
    UPSAMPLING: [[2, 0, 1], [1, 3, 0], [0, 1, 2]],
}
KERNEL = [[1, 0, -1], [2, 1, 0], [0, -1, 1]]
UPSTREAM = [[0, 1, 0, 0, -1], [1, 0, 2, 0, 0], [0, -1, 1, 0, 1], [0, 0, 0, 2, 0], [1, 0, -1, 0, 1]]


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


def worked_example(layer_kind: str, what: str) -> WorkedSums:
    """Return all sums of one matrix: 5 x 5 outputs, or the gradients of their input or kernel.

    The convolution reads 5 x 5 pixels with a padding of 1; the upsampling makes its 5 x 5 outputs
    of 3 x 3 pixels, with the arguments of a transposed convolution of stride 2 and padding 1.

    Args:
        layer_kind: ``CONVOLUTION`` or ``UPSAMPLING``.
        what: ``OUTPUT``, ``INPUT_GRADIENT`` or ``WEIGHT_GRADIENT``.
    """
    # Imported on worker threads only.
    import torch

    from desktop_app.services.models.inspection import sliding_kernel
    from scratch_layers.layers import Conv2d, Upsampling

    up = layer_kind == UPSAMPLING
    layer = (
        Upsampling(1, 1, 3, stride=2, padding=1, bias=False)
        if up
        else Conv2d(1, 1, 3, padding=1, bias=False)
    )
    weight = torch.tensor(KERNEL, dtype=torch.float32)
    layer.weight.value.copy_(weight[None, None])
    image = torch.tensor(IMAGES[layer_kind], dtype=torch.float32)
    upstream = torch.tensor(UPSTREAM, dtype=torch.float32)
    output = layer(image[None, None])[0, 0]
    gradient = layer.backward(upstream[None, None])[0, 0]
    kernel = sliding_kernel(layer)
    assert kernel is not None
    size, made = (len(image), len(image)), (len(output), len(output))
    met = list(meetings(kernel, size, made))
    if what == OUTPUT:
        names, left, right, result = ("input", "kernel", "output"), image, weight, output
        terms = [(out, pixel, tap) for out, tap, pixel in met]
    elif what == INPUT_GRADIENT:
        names = ("gradient of the output", "kernel", "gradient of the input")
        left, right, result = upstream, weight, gradient
        terms = [(pixel, out, tap) for out, tap, pixel in met]
    else:
        names = ("gradient of the output", "input", "gradient of the kernel")
        left, right, result = upstream, image, layer.weight.gradient[0, 0]
        terms = [(tap, out, pixel) for out, tap, pixel in met]
    return WorkedSums(names, left.numpy(), right.numpy(), result.numpy(), tuple(sorted(terms)))


def meetings(kernel: SlidingKernel, size: Pair, output: Pair) -> Iterator[tuple[Cell, Cell, Cell]]:
    """Yield which output, tap and pixel meet, for every tap that meets a pixel.

    Args:
        size, output: height and width of input and output.
    """
    height, width = kernel.weight.shape[2:]
    for place in product(range(output[0]), range(output[1])):
        for tap in product(range(height), range(width)):
            found = kernel.window.pixel(place, tap, size)
            if found is not None:
                yield place, tap, found
