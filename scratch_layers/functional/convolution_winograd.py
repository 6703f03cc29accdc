r"""Winograd's convolution F(4x4, 3x3): 3x3, stride 1, with 4 times fewer multiplications.

A tile of 6x6 input pixels and the 3x3 taps are each taken to 36 numbers in which convolution is
multiplication; 16 output pixels are taken back. With :math:`\odot` over the 36 numbers and a sum
over the channels inside it:

.. math::
    Y = A^T \left[ (G g G^T) \odot (B^T x B) \right] A

The transforms run over all channels at once as one product with the 36x36 matrix
:math:`B^T \otimes B^T` (16x36 for the way back), the sum over channels as 36 matrix products.
Rounding error in float32 stays below :math:`10^{-4}` of the output's range (the points 0, ±1, ±2
make it about ten times that of the direct sum), so float16 and bfloat16 never come here.

Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from scratch_layers.functional.bands import Band, BandReader, bands
from scratch_layers.functional.geometry import Geometry

OUTPUT_TILE = 4
INPUT_TILE = 6
CHUNK_ELEMENTS = 400_000
"""Wished number of transformed elements (tiles x 36 x channels) a chunk; measured."""

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
    products = results = input.new_empty(0)
    for band, tiles_shape, spectrum in _spectra(input, geometry, outputs):
        tiles = spectrum.shape[1]
        if tiles * outputs * 36 > products.numel():
            products = input.new_empty(tiles * outputs * 36)
            results = input.new_empty(tiles * outputs * 16)
        product = products[: tiles * outputs * 36].view(36, tiles, outputs)
        result = results[: tiles * outputs * 16].view(16, tiles * outputs)
        torch.bmm(spectrum, transformed_weight, out=product)
        torch.mm(back, product.view(36, -1), out=result)
        if bias is not None:
            result.view(-1, outputs).add_(bias)
        _scatter(result.view(4, 4, *tiles_shape, outputs), pixels_last, band)


def weight_gradient(input: Tensor, gradient: Tensor, geometry: Geometry) -> Tensor:
    r"""Return the gradient with respect to the weight, (O, C, 3, 3).

    Each transform above is linear, so its derivative is its transpose:
    :math:`\partial g = G^T [ (B^T x B) \odot (A\, \partial y A^T) ] G`, summed over the tiles.
    """
    outputs = gradient.shape[1]
    forth = _matrix(_OUTPUT_1D, input).t().contiguous()
    total = input.new_zeros((36, input.shape[1], outputs))
    plain = Geometry(geometry.output_size, geometry.output_size, (1, 1), (1, 1), (1, 1), (0, 0))
    reader = BandReader(gradient, plain, OUTPUT_TILE)
    for band, tiles_shape, spectrum in _spectra(input, geometry, outputs):
        lines = reader.read(band)
        blocks = lines.unflatten(2, (-1, 4)).unflatten(1, (-1, 4)).permute(2, 4, 0, 1, 3, 5)
        pulled = torch.mm(forth, blocks.reshape(16, -1)).view(36, -1, outputs)
        total.baddbmm_(spectrum.transpose(1, 2), pulled)
        del tiles_shape
    weight_matrix = _matrix(_WEIGHT_1D, input)
    taps = torch.mm(weight_matrix.t(), total.view(36, -1))
    return taps.view(3, 3, input.shape[1], outputs).permute(3, 2, 0, 1)


def _matrix(one_dimensional: tuple[tuple[float, ...], ...], like: Tensor) -> Tensor:
    """Return the two-dimensional transform, the Kronecker square of the one-dimensional one."""
    matrix = torch.tensor(one_dimensional, dtype=torch.float64)
    return torch.kron(matrix, matrix).to(like)


def _transform_weight(weight: Tensor) -> Tensor:
    """Return (36, C, O): the taps of every pair of channels, transformed."""
    taps = weight.permute(2, 3, 1, 0).reshape(9, -1)
    transformed = torch.mm(_matrix(_WEIGHT_1D, weight), taps)
    return transformed.view(36, weight.shape[1], weight.shape[0])


def _spectra(
    input: Tensor, geometry: Geometry, outputs: int
) -> Iterator[tuple[Band, tuple[int, int, int], Tensor]]:
    """Yield every band, its (images, tile rows, tile columns), and its tiles' transforms.

    The transforms are (36, tiles, C), valid until the next step.
    """
    channels = input.shape[1]
    forth = _matrix(_INPUT_1D, input)
    reader = BandReader(input, geometry, OUTPUT_TILE)
    pixels = 16 * max(32, CHUNK_ELEMENTS // (36 * max(channels, outputs)))
    columns = -(-geometry.output_size[1] // OUTPUT_TILE)
    gathered = spectra = input.new_empty(0)
    for band in bands(input.shape[0], *geometry.output_size, pixels, OUTPUT_TILE):
        lines = reader.read(band)
        tile_rows = -(-band.row_count // OUTPUT_TILE)
        shape = (band.image_count, tile_rows, columns)
        elements = 36 * shape[0] * shape[1] * shape[2] * channels
        if elements > gathered.numel():
            gathered, spectra = input.new_empty(elements), input.new_empty(elements)
        image, row, column, channel = lines.stride()
        tiles = lines.as_strided(
            (6, 6, *shape, channels),
            (row, column, image, row * OUTPUT_TILE, column * OUTPUT_TILE, channel),
        )
        pixels_first = gathered[:elements].view(tiles.shape).copy_(tiles)
        spectrum = spectra[:elements].view(36, -1)
        torch.mm(forth, pixels_first.view(36, -1), out=spectrum)
        yield band, shape, spectrum.view(36, -1, channels)


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
