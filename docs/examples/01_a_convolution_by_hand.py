"""A convolution and its three derivatives in plain loops, beside the layer that does the same."""

from __future__ import annotations

import torch

from scratch_layers import Conv2d

torch.manual_seed(0)
image = torch.randn(1, 2, 5, 5, dtype=torch.float64)
layer = Conv2d(2, 3, kernel_size=3, stride=2, padding=1, dtype=torch.float64)
weight, bias = layer.weight.value, layer.bias.value

# Every output pixel is the sum of the pixels under the kernel, each times a weight, plus a bias.
padded = torch.zeros(1, 2, 7, 7, dtype=torch.float64)
padded[:, :, 1:6, 1:6] = image
output = torch.zeros(1, 3, 3, 3, dtype=torch.float64)
for o in range(3):
    for y in range(3):
        for x in range(3):
            window = padded[0, :, 2 * y : 2 * y + 3, 2 * x : 2 * x + 3]
            output[0, o, y, x] = (window * weight[o]).sum() + bias[o]

found = layer(image)
print("output: largest difference", float((output - found).abs().max()))
torch.testing.assert_close(found, output)

# Backwards, every output pixel hands its gradient to what it was made of: to each weight, times
# the pixel that the weight met; to each pixel, times the weight; to the bias as it is.
gradient = torch.randn(1, 3, 3, 3, dtype=torch.float64)
weight_gradient = torch.zeros_like(weight)
bias_gradient = torch.zeros_like(bias)
padded_gradient = torch.zeros_like(padded)
for o in range(3):
    for y in range(3):
        for x in range(3):
            g = gradient[0, o, y, x]
            rows, columns = slice(2 * y, 2 * y + 3), slice(2 * x, 2 * x + 3)
            weight_gradient[o] += g * padded[0, :, rows, columns]
            padded_gradient[0, :, rows, columns] += g * weight[o]
            bias_gradient[o] += g

input_gradient = layer.backward(gradient)
for name, ours, plain in (
    ("input gradient", input_gradient, padded_gradient[:, :, 1:6, 1:6]),
    ("weight gradient", layer.weight.gradient, weight_gradient),
    ("bias gradient", layer.bias.gradient, bias_gradient),
):
    print(f"{name}: largest difference", float((ours - plain).abs().max()))
    torch.testing.assert_close(ours, plain)
