"""Layers: parameters, and what a backward pass needs, around :mod:`scratch_layers.functional`."""

from scratch_layers.layers.activations import GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Tanh
from scratch_layers.layers.average_pooling import AdaptiveAvgPool2d, AvgPool2d
from scratch_layers.layers.batch_norm import BatchNorm2d
from scratch_layers.layers.containers import Residual, Sequential
from scratch_layers.layers.convolution import Conv2d
from scratch_layers.layers.dropout import Dropout
from scratch_layers.layers.linear import Flatten, Linear
from scratch_layers.layers.normalisation import GroupNorm, LayerNorm2d
from scratch_layers.layers.pooling import MaxPool2d
from scratch_layers.layers.resampling import NNUpsampling, PixelShuffle, PixelUnshuffle
from scratch_layers.layers.transposed_convolution import ConvTranspose2d
from scratch_layers.layers.upsampling import Upsampling

__all__ = [
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "BatchNorm2d",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "Flatten",
    "GELU",
    "GroupNorm",
    "LayerNorm2d",
    "LeakyReLU",
    "Linear",
    "MaxPool2d",
    "NNUpsampling",
    "PixelShuffle",
    "PixelUnshuffle",
    "ReLU",
    "Residual",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "Upsampling",
]
