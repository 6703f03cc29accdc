r"""A dilated convolution as plain ones, one for every phase of the dilation.

With stride :math:`s`, dilation :math:`d`, padding :math:`b` and :math:`g = \gcd(s, d)`, the outputs
:math:`y = p + y' d / g` of a phase :math:`p` read the inputs :math:`p s - b + d (y' s / g + i)` at
tap :math:`i`: every :math:`d`-th pixel, at stride :math:`s / g`, without dilation. No pixel is read
by two phases. The phases along both axes are the images of one batch, so that whatever is fast for
plain convolutions is fast for dilated ones, too.

Source: Chen et al., "Semantic Image Segmentation with Deep Convolutional Nets, Atrous Convolution,
and Fully Connected CRFs" (2016), section 3.1.
"""

from __future__ import annotations

import itertools
import math

from torch import Tensor

from scratch_layers.functional.fast.row_blocks import pixels_last, read_window, write_window
from scratch_layers.functional.geometry import Geometry, Pair, span
from scratch_layers.functional.memory import take_memory


class Phases:
    """The phases of a dilated convolution.

    Attributes:
        geometry: the plain convolution that each of them is.
    """

    def __init__(self, whole: Geometry) -> None:
        self._whole = whole
        # The pixels of every phase, which may lie outside the image, along both axes.
        self._read: list[list[range]] = []
        self._made: list[list[range]] = []
        strides = []
        for axis in (0, 1):
            stride, dilation = whole.stride[axis], whole.dilation[axis]
            count, step = (number // math.gcd(stride, dilation) for number in (dilation, stride))
            made = -(-whole.output_size[axis] // count)
            read = (made - 1) * step + whole.kernel[axis]
            firsts = [phase * stride - whole.before[axis] for phase in range(count)]
            self._read.append([range(at, at + read * dilation, dilation) for at in firsts])
            self._made.append([range(at, at + made * count, count) for at in range(count)])
            strides.append(step)
        self.geometry = Geometry(
            input_size=_size(self._read),
            output_size=_size(self._made),
            kernel=whole.kernel,
            stride=(strides[0], strides[1]),
            dilation=(1, 1),
            before=(0, 0),
        )

    def inputs(self, image: Tensor) -> Tensor:
        """Return what the phases read of (B, C, H, W), as (phases x B, C, height, width)."""
        return _taken_apart(image, self._read)

    def outputs(self, image: Tensor) -> Tensor:
        """Return what the phases make of (B, O, H_out, W_out); zeros outside of it."""
        return _taken_apart(image, self._made)

    def join_inputs(self, parts: Tensor, image: Tensor) -> None:
        """Write to ``image`` what the phases read, and zeros where none does."""
        whole = self._whole
        reach = span(whole.kernel, whole.dilation)
        if whole.stride != (1, 1) or any(
            before < 0 or outputs + taps - 1 - before < inputs
            for before, outputs, taps, inputs in zip(
                whole.before, whole.output_size, reach, whole.input_size, strict=True
            )
        ):
            image.zero_()
        _put_together(parts, self._read, image)

    def join_outputs(self, parts: Tensor, image: Tensor) -> None:
        """Write to ``image`` what the phases make."""
        _put_together(parts, self._made, image)


def _size(places: list[list[range]]) -> Pair:
    return len(places[0][0]), len(places[1][0])


def _taken_apart(image: Tensor, places: list[list[range]]) -> Tensor:
    batch, channels = image.shape[:2]
    phases = list(itertools.product(*places))
    shape = (len(phases), batch, *_size(places), channels)
    parts = take_memory(math.prod(shape), image).view(shape)
    for (rows, columns), part in zip(phases, parts, strict=True):
        read_window(pixels_last(image), slice(None), rows, columns, part)
    return parts.flatten(0, 1).permute(0, 3, 1, 2)


def _put_together(parts: Tensor, places: list[list[range]], image: Tensor) -> None:
    phases = list(itertools.product(*places))
    for (rows, columns), part in zip(phases, parts.chunk(len(phases)), strict=True):
        write_window(pixels_last(part), rows, columns, pixels_last(image))
