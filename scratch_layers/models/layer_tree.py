"""What a layer does to the size of an image, followed through a whole network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from scratch_layers.errors import ArgumentTypeError
from scratch_layers.layers import (
    Conv2d,
    LeakyReLU,
    NNUpsampling,
    PixelShuffle,
    PixelUnshuffle,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Upsampling,
)
from scratch_layers.module import Module

ELEMENTWISE = (ReLU, LeakyReLU, Sigmoid)


@dataclass(frozen=True)
class Extent:
    """Size of an activation, relative to the network's input.

    Attributes:
        channels: number of planes.
        height, width: as parts of the input's height and width.
    """

    channels: int
    height: Fraction = Fraction(1)
    width: Fraction = Fraction(1)

    @property
    def values(self) -> Fraction:
        """Numbers held for every pixel of the network's input."""
        return self.channels * self.height * self.width


def output_extent(layer: Module, given: Extent) -> Extent:
    """Return the extent of a single layer's output, large images assumed.

    Raises:
        ArgumentTypeError: it is not known what this kind of layer does.
    """
    if isinstance(layer, ELEMENTWISE):
        return given
    if isinstance(layer, Conv2d):
        return _scaled(given, layer.out_channels, layer.stride, shrink=True)
    if isinstance(layer, Upsampling):
        enlarged = _scaled(given, layer.out_channels, layer.scale_factor)
        # With ConvTranspose2d's arguments the stride is the enlargement itself.
        stride = (1, 1) if layer.transposeconvargs else layer.stride
        return _scaled(enlarged, layer.out_channels, stride, shrink=True)
    if isinstance(layer, NNUpsampling):
        return _scaled(given, given.channels, layer.scale_factor)
    if isinstance(layer, PixelShuffle):
        factor = layer.upscale_factor
        return _scaled(given, given.channels // factor**2, (factor, factor))
    if isinstance(layer, PixelUnshuffle):
        factor = layer.downscale_factor
        return _scaled(given, given.channels * factor**2, (factor, factor), shrink=True)
    raise unknown_layer(layer)


def layers_with_extents(network: Module, given: Extent) -> Iterator[tuple[Module, Extent, Extent]]:
    """Yield every single layer with the extents of its input and output, in running order."""
    for layer in single_layers(network):
        result = output_extent(layer, given)
        yield layer, given, result
        given = result


def single_layers(module: Module) -> Iterator[Module]:
    """Yield the layers inside containers in running order.

    The body of a residual gets what the residual gets and returns the same shape, so the layers
    form one chain as far as sizes are concerned.
    """
    if isinstance(module, Sequential):
        for child in module:
            yield from single_layers(child)
    elif isinstance(module, Residual):
        yield from single_layers(module.body)
    else:
        yield module


def unknown_layer(layer: Module) -> ArgumentTypeError:
    """Return the error for a kind of layer whose geometry is not known."""
    return ArgumentTypeError(f"It is not known which pixels a {type(layer).__name__} reads.")


def _scaled(given: Extent, channels: int, factor: tuple[int, int], shrink: bool = False) -> Extent:
    vertical, horizontal = (Fraction(1, f) if shrink else Fraction(f) for f in factor)
    return Extent(channels, given.height * vertical, given.width * horizontal)
