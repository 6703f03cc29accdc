"""Neural-network layers written from scratch: every forward and backward pass by hand.

Only torch tensors and their methods are used, never torch's own layers, gradients or optimizers.
"""

from typing import TYPE_CHECKING

from scratch_layers.lazy import lazy_names

if TYPE_CHECKING:
    from scratch_layers.cross_entropy import (
        CrossEntropy,
    )
    from scratch_layers.gradient_check import (
        check_gradients,
    )
    from scratch_layers.layers import (
        GELU,
        AdaptiveAvgPool2d,
        AvgPool2d,
        BatchNorm2d,
        Conv2d,
        ConvTranspose2d,
        Dropout,
        Flatten,
        GroupNorm,
        LayerNorm2d,
        LeakyReLU,
        Linear,
        MaxPool2d,
        NNUpsampling,
        PixelShuffle,
        PixelUnshuffle,
        ReLU,
        Residual,
        Sequential,
        Sigmoid,
        SiLU,
        Softmax,
        Tanh,
        Upsampling,
    )
    from scratch_layers.losses import (
        L1,
        MSE,
        Charbonnier,
        SmoothL1,
    )
    from scratch_layers.module import (
        Module,
    )
    from scratch_layers.muon import (
        Muon,
    )
    from scratch_layers.optim import (
        SGD,
        Adam,
        AdamW,
    )
    from scratch_layers.parameter import (
        Buffer,
        Parameter,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "cross_entropy": ("CrossEntropy",),
            "gradient_check": ("check_gradients",),
            "layers": (
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
            ),
            "losses": (
                "L1",
                "MSE",
                "Charbonnier",
                "SmoothL1",
            ),
            "module": ("Module",),
            "muon": ("Muon",),
            "optim": (
                "SGD",
                "Adam",
                "AdamW",
            ),
            "parameter": (
                "Buffer",
                "Parameter",
            ),
        },
    )
