r"""Winograd's convolution, and its like for an image in which every pixel stands twice.

Their matrices (see :mod:`tile_transforms`) are:

- F(4, 3), for 4 outputs of 3 taps with 6 multiplications instead of 12. They evaluate polynomials,
  see :mod:`polynomials`. Along both axes, :data:`TILES`, that saves three of four multiplications.
  Along the columns only, :data:`ROWS`, it saves half, but transforms a third of the numbers: the
  better way for few channels, and for any number of taps on a line.
- F(6, 3) and F(4, 5), with 8 multiplications instead of 18 and 20, along the columns: for tall
  images, and for 5 taps.
- Doubling, for 2 outputs of 3 taps :math:`a, b, c` with 3 multiplications instead of 6. Where
  every line stands twice, the outputs on line :math:`x_y` are :math:`(a + b + c) x_y + a (x_{y-1}
  - x_y)` and :math:`(a + b + c) x_y + c (x_{y+1} - x_y)`. Along the lines each of the two phases
  has two summed taps, :math:`(a, b + c)` on the pixels :math:`x - 1, x` and :math:`(a + b, c)` on
  :math:`x, x + 1`: a third of the multiplications in all. The derivative by the input reads four
  gradients in either direction and adds the three numbers up.

In float32 the rounding error of rows and of doubling stays below :math:`3 \cdot 10^{-5}` of the
output's range, that of tiles below :math:`10^{-4}`; in bfloat16 that of rows stays below four
steps of the format, :math:`2^{-5}`.

Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor

from scratch_layers.functional.fast import patches, tuning
from scratch_layers.functional.fast.algorithm import Algorithm
from scratch_layers.functional.fast.polynomials import evaluation
from scratch_layers.functional.fast.row_blocks import empty_channels_last
from scratch_layers.functional.fast.tile_blocks import Grid, Tiling
from scratch_layers.functional.fast.tile_transforms import Axis, Matrix
from scratch_layers.functional.fast.tiles import TileConvolution
from scratch_layers.functional.geometry import Geometry, Pair

_F43, _F43_TAPS = evaluation(points=5, taps=3)
_DOUBLED = Axis(data=((0, 1, 0), (1, -1, 0), (0, -1, 1)), sums=((1, 1, 0), (1, 0, 1)))
_HALVED = Axis(data=((0, 1, 1, 0), (0, -1, 0, 1), (1, 0, -1, 0)), sums=((1, 1, 1),), step=2)
_DOUBLED_TAPS: Matrix = ((1, 1, 1), (1, 0, 0), (0, 0, 1))

_TILES = TileConvolution(
    _F43, _F43_TAPS, along=((tuple((row,) for row in _F43_TAPS),),), across=_F43
)
_DOUBLE = TileConvolution(
    _DOUBLED,
    _DOUBLED_TAPS,
    along=(
        ((((1, 0, 0),),), (((0, 1, 1),),)),
        ((((1, 1, 0),),), (((0, 0, 1),),)),
    ),
)
_HALVE = TileConvolution(
    _HALVED,
    _DOUBLED_TAPS,
    along=(((((0, 0, 1), (0, 1, 1)),), (((1, 1, 0), (1, 0, 0)),)),),
)


@cache
def _rows(kernel: Pair, points: int) -> TileConvolution:
    """Return the algorithm for so many taps of a column and of a line."""
    axis, taps = evaluation(points, kernel[0])
    each = (tuple(int(tap == other) for other in range(kernel[1])) for tap in range(kernel[1]))
    return TileConvolution(axis, taps, along=(tuple(((tap,),) for tap in each),))


def _by_rows(image: Tensor, channels: int, geometry: Geometry) -> tuple[TileConvolution, Grid]:
    """Return the algorithm of rows, and its tiles, which are as wide as a pixel.

    Zeros with which a line begins also end the one before.

    Args:
        image: that is read.
        channels: the fewer ones of input and output.
    """
    rows = geometry.output_size[0]
    few = len(image) == 1 or rows >= tuning.TALL_ROWS_OF_MANY
    tall = few and rows * channels >= tuning.TALL
    points = 7 if geometry.kernel[0] > 3 or (tall and image.itemsize >= 4) else 5
    outputs, before = geometry.output_size[1], geometry.before[1]
    reach = geometry.kernel[1] - 1
    after = outputs + reach - before - geometry.input_size[1]
    shared = max(0, min(before, after, reach))
    down = _tiling(geometry, 0, points + 2 - geometry.kernel[0])
    across = Tiling(-before, outputs + reach - shared, outputs)
    return _rows(geometry.kernel, points), Grid(down, across)


def rows_apply_to(weight: Tensor, geometry: Geometry) -> bool:
    """Tell whether a convolution has 3 or 5 taps a column, next to each other, at stride 1.

    In less than 32 bits the rounding error is too large, but for 3 taps of many channels in
    bfloat16.
    """
    rough = weight.dtype == torch.bfloat16 and min(weight.shape[:2]) >= tuning.ROUGH_ROWS_CHANNELS
    heights = (3, 5) if weight.dtype.itemsize >= 4 else (3,) if rough else ()
    near = (geometry.stride, geometry.dilation) == ((1, 1), (1, 1))
    return near and geometry.kernel[0] in heights


def tiles_apply_to(weight: Tensor, geometry: Geometry) -> bool:
    """Tell whether a convolution has the one shape of the tiles, in at least 32 bits."""
    square = geometry.kernel == (3, 3) and weight.dtype.itemsize >= 4
    return square and rows_apply_to(weight, geometry)


def _by_tiles(image: Tensor, channels: int, geometry: Geometry) -> tuple[TileConvolution, Grid]:
    """Return the algorithm of tiles in both directions, and where they lie."""
    return _TILES, Grid(_tiling(geometry, 0, _F43.step), _tiling(geometry, 1, _F43.step))


@dataclass(frozen=True)
class _Winograd:
    """A convolution and its gradients by tiles of one kind.

    Attributes:
        planned: returns the algorithm and its tiles for the image that is read, the fewer channels
            of input and output, and the geometry.
    """

    planned: Callable[[Tensor, int, Geometry], tuple[TileConvolution, Grid]]

    def forward(
        self,
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        geometry: Geometry,
        output: Tensor,
    ) -> None:
        """Convolve ``input`` and write the result to ``output``; as in :mod:`patches`."""
        convolution, grid = self.planned(input, min(weight.shape[:2]), geometry)
        convolution.forward(input, weight, bias, output, grid)

    def weight_gradient(self, input: Tensor, gradient: Tensor, geometry: Geometry) -> Tensor:
        """Return the gradient with respect to the weight, (O, C, taps of a column, of a line)."""
        if input.dtype.itemsize < 4:
            # Products in bfloat16 are so fast that transforming both sides does not pay.
            return patches.weight_gradient(input, gradient, geometry)
        channels = min(input.shape[1], gradient.shape[1])
        convolution, grid = self.planned(input, channels, geometry)
        return convolution.weight_gradient(input, gradient, grid)

    def gradients(
        self, input: Tensor, gradient: Tensor, weight: Tensor, geometry: Geometry, output: Tensor
    ) -> Tensor:
        """Write the gradient with respect to the input to ``output``; return that of the weight.

        Seen from the input, both are made of the same tiles of ``gradient``.
        """
        convolution, grid = self.planned(gradient, min(weight.shape[:2]), geometry.reversed)
        return convolution.gradients(input, gradient, weight, output, grid)


def _tiling(geometry: Geometry, axis: int, size: int) -> Tiling:
    """Return the tiles of so many outputs along an axis."""
    outputs = geometry.output_size[axis]
    return Tiling(-geometry.before[axis], -(-outputs // size), outputs)


def doubling_applies_to(scale: Pair, geometry: Geometry) -> bool:
    """Tell whether this is doubling and a plain 3x3 convolution whose padding crops nothing."""
    shape = geometry.kernel, geometry.stride, geometry.dilation
    return (scale, *shape) == ((2, 2), (3, 3), (1, 1), (1, 1)) and all(
        0 <= geometry.before[axis] <= geometry.output_size[axis] - geometry.input_size[axis] + 2
        for axis in (0, 1)
    )


def double(input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
    """Double ``input`` and convolve it.

    Args:
        input: (B, C, H, W).
        weight: (O, C, 3, 3).
        bias: (O,) or None.
        geometry: of the convolution on the doubled image.

    Returns:
        (B, O, H_out, W_out).
    """
    output = empty_channels_last(input, len(weight), geometry.output_size)
    _DOUBLE.forward(input, weight, bias, output, _pair_grid(geometry))
    return output


def double_input_gradient(gradient: Tensor, weight: Tensor, geometry: Geometry) -> Tensor:
    """Return the gradient of :func:`double` with respect to the small input, (B, C, H, W)."""
    height, width = (size // 2 for size in geometry.input_size)
    output = empty_channels_last(gradient, weight.shape[1], (height, width))
    top, left = (before - 2 for before in geometry.before)
    # Windows of two pairs; what reads over a line's end is left out.
    grid = Grid(Tiling(top, height, height), Tiling(left, width + 1, width))
    _HALVE.forward(gradient, weight.transpose(0, 1), None, output, grid)
    return output


def double_weight_gradient(input: Tensor, gradient: Tensor, geometry: Geometry) -> Tensor:
    """Return the gradient of :func:`double` with respect to the weight, (O, C, 3, 3)."""
    return _DOUBLE.weight_gradient(input, gradient, _pair_grid(geometry))


def _pairs(geometry: Geometry, axis: int) -> Tiling:
    """Return the pairs of outputs whose middle taps lie on the two copies of a small pixel."""
    outputs = geometry.output_size[axis]
    first, skipped = divmod(1 - geometry.before[axis], 2)
    return Tiling(first - 1, -(-(skipped + outputs) // 2), outputs, skipped)


def _pair_grid(geometry: Geometry) -> Grid:
    """Return all pairs; the zero that ends a line is also the one with which the next begins."""
    line = _pairs(geometry, 1)
    return Grid(_pairs(geometry, 0), replace(line, count=line.count + 1))


def _algorithm(
    name: str, applies_to: Callable[[Tensor, Geometry], bool], way: _Winograd, error_bound: float
) -> Algorithm:
    return Algorithm(
        name,
        applies_to,
        way.forward,
        way.weight_gradient,
        error_bound=error_bound,
        gradients=way.gradients,
    )


ROWS = _algorithm("winograd-rows", rows_apply_to, _Winograd(_by_rows), 3e-5)
TILES = _algorithm("winograd", tiles_apply_to, _Winograd(_by_tiles), 1e-4)
