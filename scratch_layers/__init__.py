"""Neural-network layers written from scratch: every forward and backward pass by hand.

Only torch tensors and their methods are used, never torch's own layers, gradients or optimizers.
"""

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
from scratch_layers.losses import L1, MSE, Charbonnier
from scratch_layers.module import Module
from scratch_layers.muon import Muon
from scratch_layers.optim import SGD, Adam, AdamW
from scratch_layers.parameter import Parameter

__all__ = [
    "L1",
    "MSE",
    "SGD",
    "Adam",
    "AdamW",
    "Charbonnier",
    "Conv2d",
    "LeakyReLU",
    "Module",
    "Muon",
    "NNUpsampling",
    "Parameter",
    "PixelShuffle",
    "PixelUnshuffle",
    "ReLU",
    "Residual",
    "Sequential",
    "Sigmoid",
    "Upsampling",
]
