"""Which input pixels an output pixel can depend on, read off the layers of a network."""

from __future__ import annotations

import math

from scratch_layers.layers import (
    Conv2d,
    NNUpsampling,
    PixelShuffle,
    PixelUnshuffle,
    Residual,
    Sequential,
    Upsampling,
)
from scratch_layers.models.layer_tree import (
    ELEMENTWISE,
    Extent,
    layers_with_extents,
    unknown_layer,
)
from scratch_layers.module import Module

Span = tuple[int, int]
"""First and last position along an axis."""


def size_multiple(network: Module) -> int:
    """Return the least number such that images with sides of its multiples keep their size.

    It is also the period of the network: shifting the input by it shifts the output by it.
    """
    parts = [
        part
        for _, _, result in layers_with_extents(network, Extent(channels=1))
        for part in (result.height, result.width)
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
            first, last = _positions_read(network, axis, (position, position))
            radius = max(radius, position - first, last - position)
    return radius


def _positions_read(module: Module, axis: int, outputs: Span) -> Span:
    """Return the input positions that the output positions ``outputs`` depend on."""
    if isinstance(module, Sequential):
        for layer in reversed(list(module)):
            outputs = _positions_read(layer, axis, outputs)
        return outputs
    if isinstance(module, Residual):
        first, last = _positions_read(module.body, axis, outputs)
        return min(first, outputs[0]), max(last, outputs[1])
    return _positions_read_by_layer(module, axis, outputs)


def _positions_read_by_layer(layer: Module, axis: int, outputs: Span) -> Span:
    if isinstance(layer, ELEMENTWISE):
        return outputs
    if isinstance(layer, Conv2d):
        before = (layer.padding[0], layer.padding[2])[axis]
        return _window(layer, axis, outputs, layer.stride[axis], before)
    if isinstance(layer, Upsampling):
        stride, before = layer.stride[axis], layer.padding[axis]
        if layer.transposeconvargs:
            stride, before = 1, layer.dilation[axis] * (layer.kernel_size[axis] - 1) - before
        enlarged = _window(layer, axis, outputs, stride, before)
        return _shrunk(enlarged, layer.scale_factor[axis])
    if isinstance(layer, NNUpsampling):
        return _shrunk(outputs, layer.scale_factor[axis])
    if isinstance(layer, PixelShuffle):
        return _shrunk(outputs, layer.upscale_factor)
    if isinstance(layer, PixelUnshuffle):
        factor = layer.downscale_factor
        return outputs[0] * factor, outputs[1] * factor + factor - 1
    raise unknown_layer(layer)


def _window(layer: Conv2d | Upsampling, axis: int, outputs: Span, stride: int, before: int) -> Span:
    reach = layer.dilation[axis] * (layer.kernel_size[axis] - 1)
    return outputs[0] * stride - before, outputs[1] * stride - before + reach


def _shrunk(positions: Span, factor: int) -> Span:
    return positions[0] // factor, positions[1] // factor
