r"""Nearest-neighbour upsampling and a convolution after it, in two steps: slow and plain.

Upsampling by :math:`s` repeats every pixel, :math:`Z_{b,c,u,v} = X_{b,c,\lfloor u/s \rfloor,
\lfloor v/s \rfloor}`; then :math:`Z` is convolved. So the gradient of :math:`X` is that of
:math:`Z`, summed over the :math:`s \times s` copies of every pixel, and the weight's is that of a
convolution of :math:`Z`.

Source: Odena, Dumoulin & Olah, "Deconvolution and Checkerboard Artifacts" (Distill, 2016).
"""

from __future__ import annotations

from torch import Tensor

from scratch_layers.functional.geometry import Geometry, Pair
from scratch_layers.functional.plain import convolution
from scratch_layers.functional.resampling import upsample_nearest, upsample_nearest_backward


def forward(
    input: Tensor, weight: Tensor, bias: Tensor | None, scale: Pair, geometry: Geometry
) -> Tensor:
    """Upsample by ``scale`` and convolve.

    Args:
        input: (B, C, H, W).
        weight: (O, C, kernel height, kernel width).
        bias: (O,) or None.
        geometry: of the convolution on the upsampled image.

    Returns:
        (B, O, H_out, W_out).
    """
    return convolution.forward(upsample_nearest(input, scale), weight, bias, geometry)


def input_gradient(gradient: Tensor, weight: Tensor, scale: Pair, geometry: Geometry) -> Tensor:
    """Return the gradient with respect to the small input, (B, C, H, W)."""
    large = convolution.input_gradient(gradient, weight, geometry)
    return upsample_nearest_backward(large, scale)


def weight_gradient(input: Tensor, gradient: Tensor, scale: Pair, geometry: Geometry) -> Tensor:
    """Return the gradient with respect to the weight, (O, C, kernel height, kernel width)."""
    return convolution.weight_gradient(upsample_nearest(input, scale), gradient, geometry)
