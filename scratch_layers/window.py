"""The pixels under a kernel that slides over an image."""

from __future__ import annotations

from dataclasses import dataclass

Pair = tuple[int, int]
"""(vertical, horizontal)."""


@dataclass(frozen=True)
class Window:
    r"""Which input position each tap of a sliding kernel meets, for any output position.

    Along each axis, output position :math:`y` and tap :math:`i` meet position
    :math:`e = y \cdot stride + i \cdot dilation - before` of an image that is enlarged first, which
    is pixel :math:`\lfloor e / scale \rfloor` of the input. All values are (vertical, horizontal).

    Attributes:
        stride: between the windows of neighbouring outputs.
        dilation: between taps; negative where the kernel is read backwards.
        before: padding before the enlarged image; negative numbers crop.
        scale: how many times the image is enlarged.
        has_gaps: whether the enlarged image holds zeros between the pixels of the input, as for a
            transposed convolution, and not copies of them.
        padding_mode: how the image goes on beside its edges, see
            :data:`scratch_layers.functional.padding.PADDING_MODES`.
    """

    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    before: Pair = (0, 0)
    scale: Pair = (1, 1)
    has_gaps: bool = False
    padding_mode: str = "zeros"

    def pixel(self, output: Pair, tap: Pair, size: Pair) -> Pair | None:
        """Return the pixel of an image of ``size`` that a tap meets, ``None`` for a zero."""
        row, column = (self.position(axis, output[axis], tap[axis], size[axis]) for axis in (0, 1))
        return None if row is None or column is None else (row, column)

    def position(self, axis: int, output: int, tap: int, size: int) -> int | None:
        """Return the row (``axis`` 0) or column of :meth:`pixel`, which depends on no other."""
        scale = self.scale[axis]
        place = output * self.stride[axis] + tap * self.dilation[axis] - self.before[axis]
        if not 0 <= place < size * scale:
            if self.padding_mode == "zeros":
                return None
            place = _continued(place, size * scale, self.padding_mode)
        return None if self.has_gaps and place % scale else place // scale

    def positions_read(self, axis: int, outputs: Pair, taps: int) -> Pair:
        """Return the first and last position that outputs read, beside the image as well.

        Args:
            axis: 0 for rows, 1 for columns.
            outputs: first and last output position.
            taps: how many the kernel has along the axis.
        """
        reach = self.dilation[axis] * (taps - 1)
        first = outputs[0] * self.stride[axis] - self.before[axis] + min(reach, 0)
        last = outputs[1] * self.stride[axis] - self.before[axis] + max(reach, 0)
        scale = self.scale[axis]
        return -(-first // scale) if self.has_gaps else first // scale, last // scale


def _continued(place: int, size: int, mode: str) -> int:
    """Return which position of an axis stands at a place beside it."""
    if mode == "circular":
        return place % size
    if mode == "replicate":
        return min(max(place, 0), size - 1)
    period = 2 * (size - 1)
    return min(place % period, period - place % period)
