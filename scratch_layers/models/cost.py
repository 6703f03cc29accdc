"""What a network costs: parameters, multiplications and memory."""

from __future__ import annotations

from fractions import Fraction

from scratch_layers.layers import Conv2d, Residual, Sequential, Upsampling
from scratch_layers.models.layer_tree import Extent, layers_with_extents, output_extent
from scratch_layers.module import Module


def parameter_count(network: Module) -> int:
    """Return how many numbers the network has learned."""
    return sum(parameter.value.numel() for _, parameter in network.named_parameters())


def multiply_adds_per_pixel(network: Module, input_channels: int) -> float:
    """Return the multiplications, each with its addition, for every pixel of a large image.

    Counted as the layers are defined, :math:`k^2 C / groups` for every value that a convolution
    puts out; a fast algorithm may need fewer. Biases and activations are not counted.
    """
    total = Fraction(0)
    for layer, _, result in layers_with_extents(network, Extent(input_channels)):
        if isinstance(layer, (Conv2d, Upsampling)):
            total += result.values * layer.weight.value[0].numel()
    return float(total)


def activation_values_per_pixel(network: Module, input_channels: int) -> float:
    """Return the most activation values, for every pixel of the input, alive at one time.

    Counts evaluation mode, where a value dies as soon as no layer can ask for it: a layer's input
    and output, and the input of every container that is still running, residuals among them.
    Working memory inside the layers is bounded and not counted.
    """
    _, peak = _follow(network, Extent(input_channels))
    return float(peak)


def _follow(module: Module, given: Extent) -> tuple[Extent, Fraction]:
    """Return the output's extent and the most values alive, ``given`` included."""
    if isinstance(module, Residual):
        result, peak = _follow(module.body, given)
        return result, max(peak, given.values + 2 * result.values)
    if not isinstance(module, Sequential):
        result = output_extent(module, given)
        return result, given.values + result.values
    peak, current = given.values, given
    for index, child in enumerate(module):
        held = given.values if index else Fraction(0)
        current, child_peak = _follow(child, current)
        peak = max(peak, held + child_peak)
    return current, peak
