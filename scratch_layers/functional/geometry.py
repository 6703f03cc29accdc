"""Where a convolution reads: sizes, strides and padding, checked once and carried as one value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scratch_layers.errors import ShapeError

Pair = tuple[int, int]
Sides = tuple[int, int, int, int]
"""Padding as (top, bottom, left, right); a negative number crops."""


@dataclass(frozen=True)
class Geometry:
    r"""The input positions that every output position of a convolution reads.

    Along each axis, output position :math:`y` and kernel tap :math:`i` read input position
    :math:`y \cdot stride + i \cdot dilation - before`; positions outside the input read zero.

    Attributes:
        input_size: (height, width) of the input without padding.
        output_size: (height, width) of the output.
        kernel, stride, dilation: each (vertical, horizontal).
        before: padding above and to the left of the input; negative numbers crop.
    """

    input_size: Pair
    output_size: Pair
    kernel: Pair
    stride: Pair
    dilation: Pair
    before: Pair

    @classmethod
    def of(
        cls, input_size: Pair, kernel: Pair, stride: Pair, dilation: Pair, padding: Sides
    ) -> Geometry:
        r"""Work out the output size,
        :math:`\lfloor (padded - dilation (kernel - 1) - 1) / stride \rfloor + 1` along each axis.

        Raises:
            ShapeError: the padded input is smaller than the dilated kernel.
        """
        top, bottom, left, right = padding
        padded = (input_size[0] + top + bottom, input_size[1] + left + right)
        reach = span(kernel, dilation)
        if padded[0] < reach[0] or padded[1] < reach[1]:
            raise ShapeError(
                f"Calculated padded input size per channel: ({padded[0]} x {padded[1]}). Kernel "
                f"size: ({reach[0]} x {reach[1]}) after dilation. Kernel size can't be greater "
                "than actual input size."
            )
        output_size = (
            (padded[0] - reach[0]) // stride[0] + 1,
            (padded[1] - reach[1]) // stride[1] + 1,
        )
        return cls(input_size, output_size, kernel, stride, dilation, (top, left))

    @property
    def reversed(self) -> Geometry:
        """The convolution that takes the output's gradient to the input's, at stride 1.

        Its taps are the same in reverse order along both axes, with inputs and outputs swapped.
        """
        reach = span(self.kernel, self.dilation)
        before = (reach[0] - 1 - self.before[0], reach[1] - 1 - self.before[1])
        return replace(
            self, input_size=self.output_size, output_size=self.input_size, before=before
        )


def span(kernel: Pair, dilation: Pair) -> Pair:
    """Return how many pixels a dilated kernel covers, ``dilation * (kernel - 1) + 1``."""
    return dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1


def same_padding(kernel: Pair, dilation: Pair) -> Sides:
    """Return the padding that keeps the size at stride 1; an odd pixel goes below and right."""
    total = (dilation[0] * (kernel[0] - 1), dilation[1] * (kernel[1] - 1))
    top, left = total[0] // 2, total[1] // 2
    return top, total[0] - top, left, total[1] - left
