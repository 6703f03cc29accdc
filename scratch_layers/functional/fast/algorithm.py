"""What every fast algorithm of a convolution offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor

from scratch_layers.functional.geometry import Geometry

Write: TypeAlias = Callable[[Tensor, Tensor, "Tensor | None", Geometry, Tensor], None]
"""``(image, weight, bias, geometry, output)``: computes into ``output``.

Forward: image (B, C, H, W), weight (O, C, k, k), bias (O,) or ``None``, output (B, O, H', W').
Input gradient: image (B, O, H', W'), the same weight, bias (C,) or ``None``, output (B, C, H, W).
"""

Both: TypeAlias = Callable[[Tensor, Tensor, Tensor, Geometry, Tensor], Tensor]
"""``(input, gradient, weight, geometry, output)``: both gradients, the input's into ``output``.

Input and output (B, C, H, W), gradient (B, O, H', W'), weight and result (O, C, k, k).
"""

Return: TypeAlias = Callable[[Tensor, Tensor, Geometry], Tensor]
"""``(input, gradient, geometry)``: returns the gradient with respect to the weight.

Input (B, C, H, W), gradient (B, O, H', W'), result (O, C, k, k).
"""


@dataclass(frozen=True)
class Algorithm:
    """A way to compute the convolutions of some shapes.

    Attributes:
        name: by which a layer's ``algorithm`` asks for it.
        applies_to: tells from weight and geometry whether it can compute a convolution.
        forward: given the input, writes the output.
        weight_gradient: given input and output gradient, returns the gradient of the weight.
        takes_groups: whether all groups of channels are computed at once.
        error_bound: largest rounding error in float32, as a part of the output's range.
        input_gradient: given the output gradient, writes that of the input; ``None`` where it is
            composed of forward passes, see :mod:`scratch_layers.functional.fast.polyphase`.
        gradients: computes both gradients with shared work, at stride 1; ``None`` where none is.
        transposes: tells whether ``input_gradient`` can compute a convolution's.
    """

    name: str
    applies_to: Callable[[Tensor, Geometry], bool]
    forward: Write
    weight_gradient: Return
    error_bound: float
    input_gradient: Write | None = None
    gradients: Both | None = None
    takes_groups: bool = False
    transposes: Callable[[Geometry], bool] = lambda geometry: False
