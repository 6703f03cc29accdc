"""Which input pixels an output pixel can depend on, read off the layers of a network."""

from __future__ import annotations

import math

from scratch_layers.described import Extent
from scratch_layers.module import Module


def size_multiple(network: Module) -> int:
    """Return the least number such that images with sides of its multiples keep their size.

    It is also the period of the network: shifting the input by it shifts the output by it.
    """
    parts = [
        part
        for _, _, made in network.extents(Extent(channels=1))
        for part in (made.height, made.width)
    ]
    return math.lcm(1, *(part.denominator for part in parts))


def receptive_radius(network: Module) -> int:
    """Return the largest distance, along an axis, of an input pixel that an output pixel reads.

    The positions that an output position reads are followed back through the layers, for every
    position within one period of the network.

    Source: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks"
    (Distill, 2019).
    """
    radius = 0
    for axis in (0, 1):
        for position in range(size_multiple(network)):
            first, last = network.positions_read(axis, (position, position))
            radius = max(radius, position - first, last - position)
    return radius
