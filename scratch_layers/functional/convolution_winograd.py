r"""Winograd's convolution F(4x4, 3x3): 3x3, stride 1, with 4 times fewer multiplications.

A tile of 6x6 input pixels and the 3x3 taps are each taken to 36 numbers in which convolution is
multiplication; 16 output pixels are taken back. With :math:`\odot` over the 36 numbers and a sum
over the channels inside it:

.. math::
    Y = A^T \left[ (G g G^T) \odot (B^T x B) \right] A

Each transform is two matrix products, along columns and along rows, over all tiles and channels of
a band at once; the sum over channels is 36 matrix products.
Rounding error in float32 stays below :math:`10^{-4}` of the output's range (the points 0, ±1, ±2
make it about ten times that of the direct sum), so float16 and bfloat16 never come here.

Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import torch
from torch import Tensor

from scratch_layers.functional.bands import Band, BandReader, bands
from scratch_layers.functional.geometry import Geometry

OUTPUT_TILE = 4
INPUT_TILE = 6
CHUNK_ELEMENTS = 200_000
"""Wished number of transformed elements (tiles x 36 x channels) a chunk: what a cache holds."""

LEAST_TILES = 64
"""A chunk never has fewer tiles than this, since the weights are read anew for every chunk."""

_INPUT_1D = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
_WEIGHT_1D = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
_OUTPUT_1D = (
    (1, 1, 1, 1, 1, 0),
    (0, 1, -1, 2, -2, 0),
    (0, 1, 1, 4, 4, 0),
    (0, 1, -1, 8, -8, 1),
)


def applies_to(geometry: Geometry) -> bool:
    """Tell whether a convolution has the one shape that this algorithm computes."""
    return (geometry.kernel, geometry.stride, geometry.dilation) == ((3, 3), (1, 1), (1, 1))


def forward(
    input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    """Convolve ``input`` and write the result to ``output``; as in :mod:`convolution_matrix`."""
    outputs = weight.shape[0]
    transformed_weight = _transform_weight(weight)
    back = _matrix(_OUTPUT_1D, input)
    pixels_last = output.permute(0, 2, 3, 1)
    for band, shape, spectrum in _spectra(input, geometry, outputs):
        product = torch.bmm(spectrum, transformed_weight).view(6, 6, -1)
        columns = torch.bmm(back.expand(6, 4, 6), product)
        tiles = torch.mm(back, columns.view(6, -1)).view(4, 4, *shape, outputs)
        if bias is not None:
            tiles.add_(bias)
        _scatter(tiles, pixels_last, band)


def weight_gradient(input: Tensor, gradient: Tensor, geometry: Geometry) -> Tensor:
    r"""Return the gradient with respect to the weight, (O, C, 3, 3).

    Each transform above is linear, so its derivative is its transpose:
    :math:`\partial g = G^T [ (B^T x B) \odot (A\, \partial y A^T) ] G`, summed over the tiles.
    """
    outputs = gradient.shape[1]
    forth = _matrix(_OUTPUT_1D, input).t().contiguous()
    total = input.new_zeros((36, input.shape[1], outputs))
    size = geometry.output_size
    reader = BandReader(gradient, Geometry(size, size, (1, 1), (1, 1), (1, 1), (0, 0)), OUTPUT_TILE)
    for band, shape, spectrum in _spectra(input, geometry, outputs):
        pulled = _transform_tiles(reader.read(band), forth, shape)
        total.baddbmm_(spectrum.transpose(1, 2), pulled)
    taps = _matrix(_WEIGHT_1D, input).t()
    rows = torch.mm(taps, total.view(6, -1)).view(3, 6, -1)
    pairs = torch.bmm(taps.expand(3, 3, 6), rows)
    return pairs.view(3, 3, input.shape[1], outputs).permute(3, 2, 0, 1)


def _matrix(rows: tuple[tuple[float, ...], ...], like: Tensor) -> Tensor:
    return _matrix_on(rows, like.dtype, like.device)


@lru_cache(maxsize=64)
def _matrix_on(
    rows: tuple[tuple[float, ...], ...], dtype: torch.dtype, device: torch.device
) -> Tensor:
    return torch.tensor(rows, dtype=dtype, device=device)


def _transform_weight(weight: Tensor) -> Tensor:
    """Return (36, C, O): the taps of every pair of channels, transformed."""
    outputs, channels = weight.shape[:2]
    matrix = _matrix(_WEIGHT_1D, weight)
    taps = weight.permute(2, 3, 1, 0).reshape(3, -1)
    rows = torch.mm(matrix, taps).view(6, 3, -1)
    return torch.bmm(matrix.expand(6, 6, 3), rows).view(36, channels, outputs)


def _spectra(
    input: Tensor, geometry: Geometry, outputs: int
) -> Iterator[tuple[Band, tuple[int, int, int], Tensor]]:
    """Yield every band, its (images, tile rows, tile columns), and its tiles' transforms.

    The transforms are (36, tiles, C).
    """
    forth = _matrix(_INPUT_1D, input)
    reader = BandReader(input, geometry, OUTPUT_TILE)
    pixels = 16 * max(LEAST_TILES, CHUNK_ELEMENTS // (36 * max(input.shape[1], outputs)))
    columns = -(-geometry.output_size[1] // OUTPUT_TILE)
    for band in bands(input.shape[0], *geometry.output_size, pixels, OUTPUT_TILE):
        shape = (band.image_count, -(-band.row_count // OUTPUT_TILE), columns)
        yield band, shape, _transform_tiles(reader.read(band), forth, shape)


def _transform_tiles(lines: Tensor, matrix: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """Transform the tiles of some lines, (images, rows, columns, C), along both axes.

    Args:
        matrix: (6, n), the one-dimensional transform of n neighbouring pixels.
        shape: (images, tile rows, tile columns); tiles begin four pixels apart.

    Returns:
        (36, tiles, C).
    """
    extent = matrix.shape[1]
    images, tile_rows, tile_columns = shape
    _, rows, width, channels = lines.shape
    line = width * channels
    lines = lines.contiguous()
    strips = lines.as_strided(
        (images, tile_rows, extent, line), (rows * line, OUTPUT_TILE * line, line, 1)
    )
    vertical = torch.matmul(matrix, strips)
    tiles = vertical.as_strided(
        (INPUT_TILE, extent, images * tile_rows, tile_columns, channels),
        (line, channels, INPUT_TILE * line, OUTPUT_TILE * channels, 1),
    )
    gathered = tiles.reshape(INPUT_TILE, extent, -1)
    horizontal = torch.bmm(matrix.expand(INPUT_TILE, -1, -1), gathered)
    return horizontal.view(36, -1, channels)


def _scatter(tiles: Tensor, output: Tensor, band: Band) -> None:
    """Write tiles (4, 4, images, tile rows, tile columns, O) to their band of (B, H, W, O)."""
    place = output[band.images, band.rows]
    images, height, width, outputs = place.shape
    pixels = tiles.permute(2, 3, 0, 4, 1, 5)
    if height % 4 == 0 and width % 4 == 0:
        place.unflatten(2, (-1, 4)).unflatten(1, (-1, 4)).copy_(pixels)
    else:
        full = pixels.reshape(images, tiles.shape[3] * 4, tiles.shape[4] * 4, outputs)
        place.copy_(full[:, :height, :width])
