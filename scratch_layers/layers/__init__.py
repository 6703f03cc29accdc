"""Layers: parameters, and what a backward pass needs, around :mod:`scratch_layers.functional`."""

from scratch_layers.layers.activations import LeakyReLU, ReLU, Sigmoid
from scratch_layers.layers.containers import Residual, Sequential
from scratch_layers.layers.convolution import Conv2d
from scratch_layers.layers.nn_upsampling import NNUpsampling
from scratch_layers.layers.pixel_shuffle import PixelShuffle, PixelUnshuffle
from scratch_layers.layers.upsampling import Upsampling

__all__ = [
    "Conv2d",
    "LeakyReLU",
    "NNUpsampling",
    "PixelShuffle",
    "PixelUnshuffle",
    "ReLU",
    "Residual",
    "Sequential",
    "Sigmoid",
    "Upsampling",
]
