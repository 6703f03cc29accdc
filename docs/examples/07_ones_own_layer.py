"""A layer of one's own: a forward pass, a backward pass, and what it says of itself."""

from __future__ import annotations

import torch
from torch import Tensor

from scratch_layers import MSE, Adam, Linear, Module, Parameter, Sequential, check_gradients


class Snake(Module):
    """x + sin(a x)^2 / a with a learned frequency a: an activation for what repeats.

    Source: Ziyin, Hartwig, Ueda, "Neural networks fail to learn periodic functions" (2020).
    """

    def __init__(self, frequency: float = 1.0) -> None:
        super().__init__()
        self.frequency = Parameter(torch.tensor([frequency]))

    def forward(self, input: Tensor) -> Tensor:
        # In training mode, keep what backward will need.
        self._save(input)
        return self.definition(input)

    def backward(self, gradient: Tensor) -> Tensor:
        (input,) = self._restore()
        a = self.frequency.value
        double = (2 * a * input).sin()
        # d/da = x sin(2ax) / a - sin(ax)^2 / a^2, added to what other passes have left.
        slope = input * double / a - (a * input).sin().square() / a.square()
        self.frequency.gradient.add_((gradient * slope).sum())
        return gradient * (1 + double)

    def definition(self, input: Tensor) -> Tensor:
        a = self.frequency.value
        return input + (a * input).sin().square() / a


report = check_gradients(Snake(1.7), torch.randn(3, 4))
print(report, end="\n\n")
assert report.passed

# It takes part in networks like every other layer.
torch.manual_seed(0)
network = Sequential(Linear(1, 32), Snake(), Linear(32, 1))
print(network, end="\n\n")
loss, optimizer = MSE(), Adam(lr=1e-2)
x = torch.linspace(-6, 6, 256)[:, None]
y = (2 * x).sin() + 0.3 * x
for step in range(300):
    value = loss(network(x), y)
    network.zero_grad()
    network.backward(loss.backward())
    optimizer.step(network.param())
    if step % 100 == 0:
        print(f"step {step:3}: loss {float(value):.4f}")
print(f"loss {float(value):.4f}; a straight line would have 0.5")
assert float(value) < 0.25
