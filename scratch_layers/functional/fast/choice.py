"""The one place where the algorithm of a convolution is chosen."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError
from scratch_layers.functional.fast import tuning
from scratch_layers.functional.fast.algorithm import Algorithm
from scratch_layers.functional.fast.depthwise import DEPTHWISE
from scratch_layers.functional.fast.dilation import Phases
from scratch_layers.functional.fast.patches import PATCHES
from scratch_layers.functional.fast.planes import PLANES
from scratch_layers.functional.fast.winograd import ROWS, TILES
from scratch_layers.functional.geometry import Geometry
from scratch_layers.functional.plain import convolution as plain


def _always(weight: Tensor, geometry: Geometry) -> bool:
    return True


def _forward(
    input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    output.copy_(plain.forward(input, weight, bias, geometry))


def _input_gradient(
    gradient: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, output: Tensor
) -> None:
    output.copy_(plain.input_gradient(gradient, weight, geometry))
    if bias is not None:
        output.add_(bias[:, None, None])


REFERENCE = Algorithm(
    "reference",
    _always,
    _forward,
    plain.weight_gradient,
    error_bound=1e-5,
    input_gradient=_input_gradient,
    transposes=lambda geometry: True,
)

ALGORITHMS = {algorithm.name: algorithm for algorithm in (REFERENCE, PATCHES, PLANES, ROWS, TILES)}
"""Those that a layer can ask for, by name."""

NAMES = ("auto", *ALGORITHMS)


def checked_algorithm(name: str) -> str:
    """Return ``name`` if it is one of :data:`NAMES`, else raise :class:`ArgumentError`."""
    if name not in NAMES:
        raise ArgumentError(f"algorithm must be one of {', '.join(NAMES)}, not {name!r}.")
    return name


def choose(
    image: Tensor, weight: Tensor, geometry: Geometry, wish: str = "auto", groups: int = 1
) -> Algorithm:
    """Return the algorithm for a convolution and for the gradient of its weight.

    Few output channels are put together from planes. Winograd's algorithms need enough channels
    for the products to outweigh the transforms. Everything else is a product of patches, and
    everything on an accelerator, where few operations count more than few multiplications. A wish
    is granted where the algorithm can compute the shape.

    Args:
        image: (B, C, H, W), what the convolution reads.
        weight: (O, C / groups, kernel height, kernel width).
        geometry: where it reads.
        wish: one of :data:`NAMES`.
        groups: parts of the channels that do not mix. Each is computed on its own, but by an
            algorithm that ``takes_groups``.
    """
    if groups > 1:
        if _is_depthwise(weight, geometry, wish, groups):
            return DEPTHWISE
        weight = weight[: len(weight) // groups]
    if wish != "auto":
        wished = ALGORITHMS[wish]
        return wished if wished.applies_to(weight, geometry) else PATCHES
    outputs, inputs = weight.shape[:2]
    narrowest = min(inputs, outputs)
    pixels = image.shape[0] * geometry.output_size[0] * geometry.output_size[1]
    overlaps = geometry.stride == (1, 1) != geometry.kernel
    if image.device.type != "cpu" or not overlaps or pixels < tuning.FEW_PIXELS:
        return PATCHES
    if outputs <= tuning.FEW_OUTPUTS:
        return PLANES
    is_wide = narrowest >= tuning.TILES_CHANNELS and pixels >= tuning.TILES_PIXELS
    if is_wide and TILES.applies_to(weight, geometry):
        return TILES
    transforms = narrowest >= tuning.ROWS_CHANNELS and ROWS.applies_to(weight, geometry)
    return ROWS if transforms else PATCHES


def choose_phases(
    image: Tensor, weight: Tensor, geometry: Geometry, wish: str = "auto", groups: int = 1
) -> Phases | None:
    """Return the phases of a dilated convolution if rows of them are transformed; else ``None``."""
    if geometry.dilation == (1, 1) or groups > 1 or wish != "auto" or image.device.type != "cpu":
        return None
    phases = Phases(geometry)
    size = phases.geometry.output_size
    pixels = len(image) * geometry.output_size[0] * geometry.output_size[1]
    wide = min(weight.shape[:2]) >= tuning.ROWS_CHANNELS
    large = pixels >= tuning.FEW_PIXELS and min(size) >= tuning.PHASE_SIZE
    return phases if wide and large and ROWS.applies_to(weight, phases.geometry) else None


def choose_transposed(
    weight: Tensor, geometry: Geometry, wish: str = "auto", groups: int = 1
) -> Algorithm | None:
    """Return the algorithm that computes the gradient of the input; ``None`` for phases of it."""
    if _is_depthwise(weight, geometry, wish, groups):
        return DEPTHWISE
    wished = PATCHES if wish == "auto" else ALGORITHMS[wish]
    return wished if wished.transposes(geometry) else None


def choose_gradients(
    image: Tensor,
    gradient: Tensor,
    weight: Tensor,
    geometry: Geometry,
    wish: str = "auto",
    groups: int = 1,
) -> Algorithm | None:
    """Return the algorithm that computes both gradients at once; ``None`` for one by one.

    What they share are windows, which a single tap has not. In bfloat16 the products are those of
    patches: their sums over all taps are made in 32 bits and rounded once, because errors of
    gradients add up over the layers and steps of a training.
    """
    if geometry.stride != (1, 1) or groups > 1:
        return None
    if weight.dtype == torch.bfloat16 and wish == "auto":
        return PATCHES
    forth = choose(image, weight, geometry, wish)
    back = choose(gradient, weight.transpose(0, 1), geometry.reversed, wish)
    is_wide = min(weight.shape[:2]) >= tuning.TILES_GRADIENT_CHANNELS
    if wish == "auto" and forth is back is ROWS and is_wide and TILES.applies_to(weight, geometry):
        return TILES
    shares = forth is back and forth.gradients is not None and geometry.kernel != (1, 1)
    return forth if shares else None


def _is_depthwise(weight: Tensor, geometry: Geometry, wish: str, groups: int) -> bool:
    is_alone = groups > 1 and len(weight) == groups and wish == "auto"
    return is_alone and DEPTHWISE.applies_to(weight, geometry)
