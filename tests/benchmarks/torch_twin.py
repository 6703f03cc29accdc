"""The same network in torch.nn, with the same weights: what the hand-written one is measured by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
        expected, found = twin.eval()(example), module.forward(example)
    module.train(was_training)
    twin.train(was_training)
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
    for kind in type(module).__mro__:
        if kind in _WITHOUT_NAMESAKE:
            return _WITHOUT_NAMESAKE[kind](module)
        if kind is not Module and hasattr(nn, kind.__name__):
            return _namesake(module, getattr(nn, kind.__name__))
    raise TypeError(f"{type(module).__name__} has no counterpart in torch.nn here.")


def _namesake(module: Module, kind: type[nn.Module]) -> nn.Module:
    """The layer of the same name, which takes the same arguments."""
    arguments = {name: held for name, held in module.arguments().items() if name != "algorithm"}
    twin = kind(**arguments)
    _copy_parameters(module, twin)
    return twin


def _sequential(module: layers.Sequential) -> nn.Sequential:
    steps = [_convert(step) for step in module]
    for before, step in zip(module, steps[1:], strict=False):
        if isinstance(step, nn.ReLU):
            # Nothing else needs what a convolution put out.
            step.inplace = before.sliding_kernel() is not None
    return nn.Sequential(*steps)


def _residual(module: layers.Residual) -> nn.Module:
    return Residual(_convert(module.body))


def _nearest(module: layers.NNUpsampling) -> nn.Module:
    return nn.Upsample(scale_factor=_floats(module.scale_factor), mode="nearest")


def _upsampling(layer: layers.Upsampling) -> nn.Module:
    top, bottom, left, right = layer.sides
    convolution = nn.Conv2d(
        layer.in_channels,
        layer.out_channels,
        layer.kernel_size,
        stride=layer.convolution_stride,
        padding=0 if layer.transposeconvargs else (top, left),
        dilation=layer.dilation,
        bias=layer.bias is not None,
    )
    _copy_parameters(layer, convolution)
    enlarge = nn.Upsample(scale_factor=_floats(layer.scale), mode="nearest")
    if not layer.transposeconvargs:
        return nn.Sequential(enlarge, convolution)
    return nn.Sequential(enlarge, nn.ZeroPad2d((left, right, top, bottom)), convolution)


def _copy_parameters(layer: Module, twin: nn.Module) -> None:
    twin.load_state_dict({name: value.clone() for name, value in layer.state_dict().items()})


def _floats(pair: tuple[int, int]) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])


_WITHOUT_NAMESAKE: dict[type, Callable[[Any], nn.Module]] = {
    layers.Sequential: _sequential,
    layers.Residual: _residual,
    layers.NNUpsampling: _nearest,
    layers.Upsampling: _upsampling,
}
"""What torch.nn has not, or has under another name."""
