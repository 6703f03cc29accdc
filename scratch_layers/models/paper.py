"""The network of the paper "Implementing our own Modules" (Philippe, Devaud, Kremer; EPFL)."""

from __future__ import annotations

from scratch_layers.layers import Sequential
from scratch_layers.models.miniproject import miniproject_network


def paper_network() -> Sequential:
    """Build the paper's denoiser for thumbnails, 1,320 parameters.

    Conv2d(3, 6, 3, stride 2, padding 1), ReLU, Conv2d(6, 9, 3, stride 2, padding 1), ReLU,
    Upsampling(9, 6, 3, padding 1, scale 2), ReLU, Upsampling(6, 3, 3, padding 1, scale 2), Sigmoid.

    Input and output (B, 3, H, W), RGB in [0, 1]; H and W must be multiples of 4.
    """
    return miniproject_network(widths=(6, 9), blocks=0)
