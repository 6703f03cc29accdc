"""Neural-network layers written from scratch: every forward and backward pass by hand.

Only torch tensors and their methods are used, never torch's own layers, gradients or optimizers.
"""

from typing import TYPE_CHECKING

from scratch_layers.lazy import lazy_names

if TYPE_CHECKING:
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
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "layers": (
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
            ),
            "losses": ("L1", "MSE", "Charbonnier"),
            "module": ("Module",),
            "muon": ("Muon",),
            "optim": ("SGD", "Adam", "AdamW"),
            "parameter": ("Parameter",),
        },
    )
