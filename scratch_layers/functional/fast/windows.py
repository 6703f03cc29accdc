"""The windows that a kernel row sees along lines of pixels, as matrices that are never copied.

In memory that is channels last, the pixels of one window are neighbours, and windows begin
``stride`` pixels apart. A matrix's rows must not overlap; so windows are dealt out to several
matrices, as many as are needed for that, and together the matrices hold every window. Lines lie one
behind the other, so that the windows of a whole block are one run; those that reach over a line's
end are computed too and left out afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.functional.fast import tuning
from scratch_layers.functional.fast.row_blocks import add_product
from scratch_layers.functional.geometry import Geometry, span


@dataclass(frozen=True)
class Windows:
    """How windows lie along lines.

    Attributes:
        channels: of a pixel.
        taps: neighbouring pixels of a window.
        stride: pixels from one window to the next.
        count: windows along a line that are wanted.
        line: pixels that a line must have at least.
    """

    channels: int
    taps: int
    stride: int
    count: int
    line: int

    @classmethod
    def along(cls, geometry: Geometry, channels: int, taps: int) -> Windows:
        """Return the windows of a convolution that reads ``taps`` neighbours at a time.

        The zeros with which a line begins also pad the end of the line before it.
        """
        stride, count = geometry.stride[1], geometry.output_size[1]
        reach = span(geometry.kernel, geometry.dilation)[1]
        needed = (count - 1) * stride + reach
        left = geometry.before[1]
        right = needed - left - geometry.input_size[1]
        shared = max(0, min(left, right, reach - 1)) if stride == 1 else 0
        return cls(channels, taps, stride, count, needed - shared)

    @property
    def line_stride(self) -> int:
        """Pixels from line to line, a multiple of the stride."""
        return self.per_line * self.stride

    @property
    def per_line(self) -> int:
        """Windows that begin on a line, those that reach over its end included."""
        return -(-self.line // self.stride)

    @property
    def matrix_count(self) -> int:
        """How many matrices the windows are dealt out to."""
        return -(-self.taps // self.stride)

    @property
    def overhang(self) -> int:
        """Elements behind the last line that the last windows reach over."""
        return 2 * self.line * self.channels

    def product_shape(self, lines: int, outputs: int) -> tuple[int, int]:
        """Return the shape of the product for some lines, as many windows for every matrix."""
        return -(-lines * self.per_line // self.matrix_count) * self.matrix_count, outputs

    def all(self, product: Tensor, images: int, lines: int) -> Tensor:
        """View products as images, (runs, images, lines, windows per line, outputs)."""
        used = product[:, : images * lines * self.per_line]
        return used.view(-1, images, lines, self.per_line, product.shape[2])

    def wanted(self, product: Tensor, images: int, lines: int) -> Tensor:
        """View the wanted windows' products, (runs, images, lines, count, outputs)."""
        return self.all(product, images, lines)[:, :, :, : self.count]

    def multiply(self, lines: Tensor, factors: Tensor, product: Tensor, add: bool = False) -> None:
        """Multiply all windows by a matrix, for several runs of lines at once.

        Args:
            lines: (runs, elements), with :attr:`overhang` at the end.
            factors: (runs, taps x channels, outputs).
            product: (runs, windows, outputs), the windows a multiple of :attr:`matrix_count`.
            add: add to ``product`` instead of writing it.
        """
        if self._tap_by_tap(lines, product):
            for tap in range(self.taps):
                channels = slice(tap * self.channels, (tap + 1) * self.channels)
                matrix = self._tap_matrix(lines, tap, product.shape[1])
                _multiply(matrix, factors[:, channels], product, add or tap > 0)
            return
        for way in range(self.matrix_count):
            place = product[:, way :: self.matrix_count]
            _multiply(self._matrix(lines, way, place.shape[1]), factors, place, add)

    def correlate(self, lines: Tensor, product: Tensor, total: Tensor) -> None:
        """Add (windows)^T x ``product`` to ``total``, (runs, taps x channels, outputs).

        This is the derivative of :meth:`multiply` with respect to its factors. Windows that reach
        over a line's end must have zeros in ``product``. ``total`` may have more bits.
        """
        for way in range(self.matrix_count):
            part = product[:, way :: self.matrix_count]
            add_product(total, self._matrix(lines, way, part.shape[1]).transpose(1, 2), part)

    def _tap_by_tap(self, lines: Tensor, product: Tensor) -> bool:
        """Tell whether a product for each tap, added up, is faster than one for each way.

        Torch multiplies a stack of matrices in one go only where the result is one run of memory.
        What is added up in less than 32 bits would lose too many of them.
        """
        precise = lines.dtype.itemsize >= 4
        return precise and self.channels >= tuning.TAP_CHANNELS and product.is_contiguous()

    def _tap_matrix(self, lines: Tensor, tap: int, windows: int) -> Tensor:
        """Return what one tap sees of every window."""
        return lines.as_strided(
            (lines.shape[0], windows, self.channels),
            (lines.stride(0), self.stride * self.channels, 1),
            lines.storage_offset() + tap * self.channels,
        )

    def _matrix(self, lines: Tensor, way: int, windows: int) -> Tensor:
        """Return every ``matrix_count``-th window, beginning with number ``way``."""
        step = self.stride * self.channels
        return lines.as_strided(
            (lines.shape[0], windows, self.taps * self.channels),
            (lines.stride(0), self.matrix_count * step, 1),
            lines.storage_offset() + way * step,
        )


def _multiply(matrix: Tensor, factors: Tensor, product: Tensor, add: bool) -> None:
    if add:
        product.baddbmm_(matrix, factors)
    else:
        torch.bmm(matrix, factors, out=product)
