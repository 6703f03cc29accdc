r"""Convolution of tiles: numbers that stand for them are multiplied, with fewer multiplications.

A tile of neighbouring inputs :math:`x` and the taps :math:`w` are each taken to as many numbers by
a small constant matrix, the numbers are multiplied, and the tile's outputs are taken back:

.. math::
    y = A \left[ (G w) \odot (B x) \right]

The multiplications of all tiles of a block are matrix products, summed over the input channels.
Every step but them is linear, so the derivative by the taps is :math:`\partial w = G^T [(B x) \odot
(A^T \partial y)]`, summed over the tiles.

Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, TypeAlias

import torch
from torch import Tensor

from scratch_layers.functional.fast import tuning
from scratch_layers.functional.fast.constants import Constant, made_of_weight
from scratch_layers.functional.fast.row_blocks import (
    add_product,
    core_count,
    pixels_last,
    zero_sums,
)
from scratch_layers.functional.fast.tile_blocks import Block, Grid, tile_blocks
from scratch_layers.functional.fast.tile_transforms import Axis, Matrix, TileTransform
from scratch_layers.functional.memory import Take, scratch

_Factors: TypeAlias = list[tuple[Tensor, ...]]
"""The numbers of taps by phase and product: (parts x numbers, C, O), or all products together."""


class TileConvolution:
    """One algorithm, by its matrices.

    Args:
        down: what happens along the columns.
        taps: G along the columns, numbers by taps.
        along: how the taps of a line are summed for every product, nested by phases, products of a
            phase, numbers of ``across``, joined pixels, and taps. A phase is one of several outputs
            that a line has for every tile; their windows begin a tile apart. Its products are with
            neighbouring tiles. Joined pixels are taken as one with more channels.
        across: what happens along the lines.
    """

    def __init__(
        self, down: Axis, taps: Matrix, along: Sequence[Any], across: Axis | None = None
    ) -> None:
        across = across or Axis()
        self._phases, self._products = len(along), len(along[0])
        self._transform = TileTransform(down, across, len(along[0][0][0]), self._phases)
        self._kernel = (len(taps[0]), len(along[0][0][0][0]))
        self._taps = [
            [
                [a * b for a in down_taps for b in line_taps]
                for down_taps in taps
                for number in range(len(across.data))
                for product in phase
                for line_taps in product[number]
            ]
            for phase in along
        ]
        self._matrices: dict[tuple[int, bool], Constant] = {}

    def forward(
        self, input: Tensor, weight: Tensor, bias: Tensor | None, output: Tensor, grid: Grid
    ) -> None:
        """Write the outputs of all tiles.

        Args:
            input: (B, C, H, W).
            weight: (O, C, taps of a column, taps of a line).
            bias: (O,) or None.
            output: (B, O, H_out, W_out).
        """
        factors = self._factors_by_parts(weight)
        for block in self._blocks(input, len(weight), grid):
            with scratch() as take:
                numbers = self._numbers(input, block, take)
                self._write(numbers, factors(block.parts), bias, output, block, take)

    def weight_gradient(self, input: Tensor, gradient: Tensor, grid: Grid) -> Tensor:
        """Return the gradient with respect to the weight, (O, C, taps of a column, of a line)."""
        with scratch() as take_total:
            total = self._zero_sums(input, gradient, take_total)
            for block in self._blocks(input, gradient.shape[1], grid):
                with scratch() as take:
                    self._add(total, self._numbers(input, block, take), gradient, block, take)
            return self._by_tap(total, input.shape[1]).permute(3, 2, 0, 1)

    def gradients(
        self, input: Tensor, gradient: Tensor, weight: Tensor, output: Tensor, grid: Grid
    ) -> Tensor:
        """Write the gradient with respect to the input; return that of the weight, (O, C, ...).

        The gradient of the output is what is cut into tiles, and transformed once for both.

        Args:
            input: (B, C, H, W).
            gradient: (B, O, H_out, W_out).
            weight: (O, C, taps of a column, taps of a line).
            output: (B, C, H, W).
            grid: of the reversed convolution.
        """
        factors = self._factors_by_parts(weight, reverse=True)
        with scratch() as take_total:
            total = self._zero_sums(gradient, input, take_total)
            for block in self._blocks(gradient, input.shape[1], grid):
                with scratch() as take:
                    numbers = self._numbers(gradient, block, take)
                    self._add(total, numbers, input, block, take)
                    self._write(numbers, factors(block.parts), None, output, block, take)
            return self._by_tap(total, gradient.shape[1], reverse=True).permute(2, 3, 0, 1)

    def _blocks(self, input: Tensor, outputs: int, grid: Grid) -> Iterator[Block]:
        channels = max(self._transform.joined * input.shape[1], self._phases * outputs)
        return tile_blocks(input, grid, self._transform.numbers * channels)

    def _numbers(self, input: Tensor, block: Block, take: Take) -> Tensor:
        """Return the numbers of a block's tiles."""
        # The last windows of phases and products reach over the end.
        beyond = 2 * (self._phases + self._products)
        return self._transform.to_numbers(pixels_last(input), block, beyond, take)

    def _write(
        self,
        numbers: Tensor,
        factors: _Factors,
        bias: Tensor | None,
        output: Tensor,
        block: Block,
        take: Take,
    ) -> None:
        """Write the outputs of a block."""
        rows, _, outputs = factors[0][0].shape
        products = take((self._phases, rows, block.tiles, outputs), numbers)
        for phase, (matrices, place) in enumerate(zip(factors, products, strict=True)):
            if numbers.itemsize < 4:
                _multiply_at_once(numbers, phase, matrices[0], place, self._products)
            else:
                _multiply(numbers, phase, matrices, place)
        if bias is not None:
            constants = products[:, self._transform.constant :: self._transform.numbers]
            constants[..., : len(bias)].add_(bias)
        self._transform.to_outputs(products, pixels_last(output), block, take)

    def _zero_sums(self, input: Tensor, gradient: Tensor, take: Take) -> Tensor:
        """Return zeros, (phases, cores x numbers, products x joined C, O)."""
        numbers = core_count(input) * self._transform.numbers
        channels = self._products * self._transform.joined * input.shape[1]
        return zero_sums((self._phases, numbers, channels, gradient.shape[1]), input, take)

    def _add(
        self, total: Tensor, numbers: Tensor, gradient: Tensor, block: Block, take: Take
    ) -> None:
        """Add to the gradients of the taps' numbers what a block gives."""
        taps, channels = self._products, total.shape[2] // self._products
        pulled = self._transform.to_outputs_transposed(pixels_last(gradient), block, take)
        for phase, first in itertools.product(range(self._phases), range(taps)):
            part = pulled[phase, :, first::taps]
            windows = _windows(numbers, block.tiles, channels, phase + first, part, taps)
            add_product(total[phase, : len(part)], windows.transpose(1, 2), part)

    def _by_tap(self, total: Tensor, channels: int, reverse: bool = False) -> Tensor:
        """Return the gradients of the taps, (taps of a column, of a line, C, O)."""
        parts, outputs = total.shape[1] // self._transform.numbers, total.shape[3]
        by_number = total.view(-1, channels * outputs)
        by_tap: Tensor = self._matrix(total, parts, reverse).t() @ by_number
        return by_tap.view(*self._kernel, channels, outputs)

    def _factors_by_parts(self, weight: Tensor, reverse: bool = False) -> Callable[[int], _Factors]:
        """Return what makes the factors of blocks of so many parts, each only once."""

        def make(parts: int) -> _Factors:
            factors = made_of_weight(
                weight, (self, parts, reverse), lambda: self._factors(weight, parts, reverse)
            )
            together = weight.itemsize < 4
            return [(p.flatten(1, 2),) if together else p.unbind(1) for p in factors]

        return cache(make)

    def _factors(self, weight: Tensor, parts: int, reverse: bool) -> Tensor:
        """Return (phases, parts x numbers, products, joined C, at least O): the taps' numbers.

        Outputs that the weight does not have are zeros, since a narrower product takes as long.

        Args:
            reverse: make those of the reversed taps, from O to C channels.
        """
        by_tap = weight.permute(2, 3, 0, 1) if reverse else weight.permute(2, 3, 1, 0)
        channels, outputs = by_tap.shape[2:]
        numbers, joined = parts * self._transform.numbers, self._transform.joined
        size = (self._phases, numbers, self._products, joined * channels, outputs)
        matrix = self._matrix(weight, parts, reverse)
        factors: Tensor = (matrix @ by_tap.reshape(-1, channels * outputs)).view(size)
        narrow = tuning.WIDE - outputs
        if narrow > 0:
            factors = torch.cat([factors, factors.new_zeros((*size[:4], narrow))], dim=4)
        return factors

    def _matrix(self, like: Tensor, parts: int, reverse: bool) -> Tensor:
        """Return G, once for each part of a block: (phases x parts x numbers ..., taps)."""
        key = parts, reverse
        if key not in self._matrices:
            rows = [row[::-1] if reverse else row for phase in self._taps for row in phase * parts]
            self._matrices[key] = Constant(rows)
        return self._matrices[key].like(like)


def _multiply(numbers: Tensor, first: int, factors: Sequence[Tensor], products: Tensor) -> None:
    """Write the sum of the products of some neighbouring tiles with their factors.

    Args:
        numbers: those of a block, one run for every number.
        first: the tile of a run with which the neighbours of the first tile begin.
        factors: (parts x numbers, C, O) for every neighbour.
        products: (parts x numbers, tiles, O), contiguous, since torch multiplies a stack of
            matrices in one go only then.
    """
    for tap, matrices in enumerate(factors):
        windows = _windows(numbers, products.shape[1], matrices.shape[1], first + tap, products)
        products.baddbmm_(windows, matrices, beta=float(tap > 0))


def _multiply_at_once(
    numbers: Tensor, first: int, factors: Tensor, products: Tensor, taps: int
) -> None:
    """Do as :func:`_multiply` in less than 32 bits, of which adding up would lose too many.

    Args:
        numbers, first, products: as there.
        factors: (parts x numbers, neighbours x C, O).
        taps: how many neighbours there are.
    """
    tiles, channels = products.shape[1], factors.shape[1] // taps
    for way in range(taps):
        place = products[:, way::taps]
        windows = _windows(numbers, tiles, channels, first + way, place, taps)
        # Into strided memory torch multiplies a hundred times more slowly.
        place.copy_(torch.bmm(windows, factors))


def _windows(
    numbers: Tensor, tiles: int, channels: int, first: int, products: Tensor, taps: int = 1
) -> Tensor:
    """View so many neighbouring tiles as a row of a matrix, for every row of ``products``.

    Rows that reach over the end of a run belong to tiles that nobody wants.
    """
    count, height = products.shape[:2]
    step = taps * channels
    return numbers.as_strided(
        (count, height, step),
        (tiles * channels, step, 1),
        numbers.storage_offset() + first * channels,
    )
