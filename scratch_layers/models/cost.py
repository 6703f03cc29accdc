"""What a network costs: parameters, multiplications and memory."""

from __future__ import annotations

from fractions import Fraction

from scratch_layers.described import Extent
from scratch_layers.module import Module


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
