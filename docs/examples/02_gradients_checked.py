"""Is a backward pass right? Slopes of the forward pass tell, and say where it is wrong."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers import Conv2d, ReLU, Sequential, Upsampling, check_gradients

torch.manual_seed(0)
images = torch.randn(2, 3, 8, 8)

network = Sequential(
    Conv2d(3, 4, 3, stride=2, padding=1),
    ReLU(),
    Upsampling(4, 3, 3, stride=2, padding=1, output_padding=1),
)
report = check_gradients(network, images)
print(report, end="\n\n")
assert report.passed


class ForgetsToAccumulate(Conv2d):
    """A mistake that training with one backward pass a step would never show."""

    def backward(self, gradient: Tensor) -> Tensor:
        self.weight.gradient.zero_()
        return super().backward(gradient)


class TurnsTheKernelTheWrongWay(Conv2d):
    """The gradient of the input needs the kernel turned by half a turn."""

    def backward(self, gradient: Tensor) -> Tensor:
        kernel = self.weight.value
        self.weight.value = kernel.flip(2, 3)
        result = super().backward(gradient)
        self.weight.value = kernel
        return result


for mistaken in (ForgetsToAccumulate, TurnsTheKernelTheWrongWay):
    report = check_gradients(mistaken(3, 4, 3, padding=1), images)
    print(report, end="\n\n")
    assert not report.passed
