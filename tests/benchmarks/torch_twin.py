"""The same network in torch.nn, with the same weights: what the hand-written one is measured by."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from scratch_layers import layers
from scratch_layers.module import Module


def torch_twin(module: Module, example: Tensor) -> nn.Module:
    """Return a torch.nn module that computes the same as ``module``, from copies of its weights.

    It is written as people who care for speed write torch.nn: a ReLU works in place where it
    follows a convolution.

    Args:
        module: float32, on the CPU.
        example: an input; both sides must give the same output for it.

    Raises:
        AssertionError: they do not.
        TypeError: there is a layer without a counterpart.
    """
    twin = _convert(module)
    was_training = module.training
    module.eval()
    with torch.no_grad():
        expected, found = twin(example), module.forward(example)
    module.train(was_training)
    tolerance = 1e-4 * float(expected.abs().max())
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=tolerance)
    return twin


class Residual(nn.Module):
    """``x + body(x)``."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, input: Tensor) -> Tensor:
        """Return ``input + body(input)``."""
        return input + self.body(input)


def _convert(module: Module) -> nn.Module:
    if isinstance(module, layers.Sequential):
        return _sequential(module)
    if isinstance(module, layers.Residual):
        return Residual(_convert(module.body))
    if isinstance(module, layers.Conv2d):
        return _conv2d(module)
    if isinstance(module, layers.Upsampling):
        return _upsampling(module)
    if isinstance(module, layers.NNUpsampling):
        return nn.Upsample(scale_factor=_floats(module.scale_factor), mode="nearest")
    if isinstance(module, layers.PixelShuffle):
        return nn.PixelShuffle(module.upscale_factor)
    if isinstance(module, layers.PixelUnshuffle):
        return nn.PixelUnshuffle(module.downscale_factor)
    if isinstance(module, layers.LeakyReLU):
        return nn.LeakyReLU(module.negative_slope)
    if isinstance(module, layers.ReLU):
        return nn.ReLU()
    if isinstance(module, layers.Sigmoid):
        return nn.Sigmoid()
    raise TypeError(f"{type(module).__name__} has no counterpart in torch.nn here.")


def _sequential(module: layers.Sequential) -> nn.Sequential:
    steps = [_convert(step) for step in module]
    for before, step in zip(module, steps[1:], strict=False):
        if isinstance(step, nn.ReLU):
            # Nothing else needs what a convolution put out.
            step.inplace = isinstance(before, (layers.Conv2d, layers.Upsampling))
    return nn.Sequential(*steps)


def _conv2d(layer: layers.Conv2d) -> nn.Module:
    top, bottom, left, right = layer.padding
    symmetric = top == bottom and left == right
    twin = nn.Conv2d(
        layer.in_channels,
        layer.out_channels,
        layer.kernel_size,
        layer.stride,
        (top, left) if symmetric else "same",
        layer.dilation,
        layer.groups,
        layer.bias is not None,
        layer.padding_mode,
    )
    _copy_parameters(layer, twin)
    return twin


def _upsampling(layer: layers.Upsampling) -> nn.Module:
    convolution = nn.Conv2d(
        layer.in_channels,
        layer.out_channels,
        layer.kernel_size,
        stride=1 if layer.transposeconvargs else layer.stride,
        padding=0 if layer.transposeconvargs else layer.padding,
        dilation=layer.dilation,
        bias=layer.bias is not None,
    )
    _copy_parameters(layer, convolution)
    enlarge = nn.Upsample(scale_factor=_floats(layer.scale_factor), mode="nearest")
    if not layer.transposeconvargs:
        return nn.Sequential(enlarge, convolution)
    return nn.Sequential(enlarge, nn.ZeroPad2d(_transposed_padding(layer)), convolution)


def _transposed_padding(layer: layers.Upsampling) -> tuple[int, int, int, int]:
    """Left, right, top and bottom padding that gives the size of a transposed convolution."""
    sides = []
    for axis in (1, 0):
        before = layer.dilation[axis] * (layer.kernel_size[axis] - 1) - layer.padding[axis]
        sides += [before, before - (layer.stride[axis] - 1) + layer.output_padding[axis]]
    return sides[0], sides[1], sides[2], sides[3]


def _copy_parameters(layer: layers.Conv2d | layers.Upsampling, twin: nn.Conv2d) -> None:
    twin.load_state_dict({name: value.clone() for name, value in layer.state_dict().items()})


def _floats(pair: tuple[int, int]) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])
