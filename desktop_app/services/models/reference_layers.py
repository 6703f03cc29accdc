"""Every layer once more, as plainly as its formula, for torch to differentiate by itself.

Only tensor methods that torch's own automatic differentiation follows are used, nothing of the
library's arithmetic: what is compared with these must not share their mistakes. Slow; for small
inputs. Imported on worker threads only, because it needs torch.
"""

from __future__ import annotations

from torch import Tensor

from desktop_app.services.errors import AppError
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


def reference(module: Module, input: Tensor) -> Tensor:
    """Compute what ``module`` computes for ``input`` (B, C, H, W), differentiably.

    Raises:
        AppError: there is no reference for this kind of layer.
    """
    if isinstance(module, Sequential):
        for child in module:
            input = reference(child, input)
        return input
    if isinstance(module, Residual):
        return input + reference(module.body, input)
    if isinstance(module, Conv2d) and module.padding_mode == "zeros":
        bias = None if module.bias is None else module.bias.value
        padded = _padded(input, module.padding)
        weight = module.weight.value
        return _convolved(padded, weight, bias, module.stride, module.dilation, module.groups)
    if isinstance(module, Upsampling):
        return _upsampled(module, input)
    if isinstance(module, NNUpsampling):
        return _enlarged(input, module.scale_factor)
    if isinstance(module, ReLU):
        return input * (input > 0)
    if isinstance(module, LeakyReLU):
        return input.where(input > 0, module.negative_slope * input)
    if isinstance(module, Sigmoid):
        return 1 / (1 + (-input).exp())
    if isinstance(module, PixelShuffle):
        return _shuffled(input, module.upscale_factor)
    if isinstance(module, PixelUnshuffle):
        return _unshuffled(input, module.downscale_factor)
    raise AppError(f"There is no reference to check a {type(module).__name__} against.")


def _convolved(
    image: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
) -> Tensor:
    for axis in (0, 1):
        extent = dilation[axis] * (weight.shape[2 + axis] - 1) + 1
        image = image.unfold(2 + axis, extent, stride[axis])
    # (B, C, H', W', k, k): the pixels under the kernel at every place.
    patches = image[..., :: dilation[0], :: dilation[1]]
    size = patches.shape[2:4]
    # (B, G, H' W', C/G k k) times (G, C/G k k, O/G), with G groups.
    rows = patches.unflatten(1, (groups, -1)).permute(0, 1, 3, 4, 2, 5, 6).flatten(4).flatten(2, 3)
    columns = weight.unflatten(0, (groups, -1)).flatten(2).transpose(1, 2)
    result: Tensor = (rows @ columns).transpose(2, 3).flatten(1, 2).unflatten(2, size)
    return result if bias is None else result + bias[:, None, None]


def _upsampled(layer: Upsampling, image: Tensor) -> Tensor:
    vertical, horizontal = layer.padding
    sides = vertical, vertical, horizontal, horizontal
    stride, scale = layer.stride, layer.scale_factor
    if layer.transposeconvargs:
        stride, scale = (1, 1), layer.stride
        sides = _transposed_sides(layer, 0) + _transposed_sides(layer, 1)
    bias = None if layer.bias is None else layer.bias.value
    padded = _padded(_enlarged(image, scale), sides)
    return _convolved(padded, layer.weight.value, bias, stride, layer.dilation, groups=1)


def _transposed_sides(layer: Upsampling, axis: int) -> tuple[int, int]:
    before = layer.dilation[axis] * (layer.kernel_size[axis] - 1) - layer.padding[axis]
    return before, before - (layer.stride[axis] - 1) + layer.output_padding[axis]


def _padded(image: Tensor, sides: tuple[int, int, int, int]) -> Tensor:
    """Add zeros above, below, left and right; negative numbers cut off."""
    top, bottom, left, right = sides
    batch, channels, height, width = image.shape
    image = image[
        :,
        :,
        max(0, -top) : height - max(0, -bottom),
        max(0, -left) : width - max(0, -right),
    ]
    top, bottom, left, right = (max(0, side) for side in sides)
    height, width = image.shape[2:]
    canvas = image.new_zeros(batch, channels, height + top + bottom, width + left + right)
    canvas[:, :, top : top + height, left : left + width] = image
    return canvas


def _enlarged(image: Tensor, scale: tuple[int, int]) -> Tensor:
    return image.repeat_interleave(scale[0], 2).repeat_interleave(scale[1], 3)


def _shuffled(image: Tensor, factor: int) -> Tensor:
    batch, channels, height, width = image.shape
    parts = image.reshape(batch, channels // factor**2, factor, factor, height, width)
    parts = parts.permute(0, 1, 4, 2, 5, 3)
    return parts.reshape(batch, channels // factor**2, height * factor, width * factor)


def _unshuffled(image: Tensor, factor: int) -> Tensor:
    batch, channels, height, width = image.shape
    parts = image.reshape(batch, channels, height // factor, factor, width // factor, factor)
    parts = parts.permute(0, 1, 3, 5, 2, 4)
    return parts.reshape(batch, channels * factor**2, height // factor, width // factor)
