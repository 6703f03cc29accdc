"""What a network costs and which pixels it reads, read off its layers."""

from __future__ import annotations

import math
from fractions import Fraction

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


def parameter_count(network: Module) -> int:
    """Return how many numbers the network has learned."""
    return sum(parameter.value.numel() for _, parameter in network.named_parameters())


def multiply_adds_per_pixel(network: Module, input_channels: int) -> float:
    """Return the multiplications, each with its addition, for every pixel of a large image.

    Counted as the layers are defined, :math:`k^2 C / groups` for every value that a convolution
    puts out; a fast algorithm may need fewer. Biases and activations are not counted.
    """
    extents = network.extents(Extent(input_channels))
    counts = (layer.multiply_adds(read.values, made.values) for layer, read, made in extents)
    return float(sum(counts, Fraction(0)))


def activation_values_per_pixel(network: Module, input_channels: int) -> float:
    """Return the most activation values, for every pixel of the input, alive at one time.

    Counts evaluation mode, where a value dies as soon as no layer can ask for it: a layer's input
    and output, and the input of every container that is still running, residuals among them.
    Working memory inside the layers is bounded and not counted.
    """
    return float(network.peak_values(Extent(input_channels)))
