"""The whole U-Net's gradients: against the identical torch.nn network and finite differences."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from scratch_layers.layers import Sequential
from scratch_layers.models import Denoiser, photo_unet

WIDTHS, BLOCKS = (4, 6, 8), 2


class TorchResidual(nn.Module):
    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, image: Tensor) -> Tensor:
        return image + self.body(image)


def torch_blocks(width: int) -> list[nn.Module]:
    return [
        TorchResidual(
            nn.Sequential(
                nn.Conv2d(width, width, 3, padding=1),
                nn.ReLU(),
                nn.Conv2d(width, width, 3, padding=1),
            )
        )
        for _ in range(BLOCKS)
    ]


def torch_upsampling(below: int, above: int) -> nn.Module:
    return nn.Sequential(
        nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(below, above, 3, padding=1)
    )


def torch_unet() -> nn.Module:
    """The definition written out once more, level by level."""
    w0, w1, w2 = WIDTHS
    lowest = TorchResidual(
        nn.Sequential(nn.Conv2d(w1, w2, 2, stride=2), *torch_blocks(w2), torch_upsampling(w2, w1))
    )
    middle = TorchResidual(
        nn.Sequential(
            nn.Conv2d(w0, w1, 2, stride=2),
            *torch_blocks(w1),
            lowest,
            *torch_blocks(w1),
            torch_upsampling(w1, w0),
        )
    )
    return nn.Sequential(
        nn.PixelUnshuffle(2),
        nn.Conv2d(16, w0, 3, padding=1),
        *torch_blocks(w0),
        middle,
        *torch_blocks(w0),
        nn.Conv2d(w0, 12, 3, padding=1),
        nn.PixelShuffle(2),
    ).double()


@pytest.fixture
def network() -> Sequential:
    torch.manual_seed(1)
    return photo_unet(WIDTHS, BLOCKS).to(dtype=torch.float64)


def with_same_weights(network: Sequential) -> nn.Module:
    """Both networks hold their parameters in running order."""
    twin = torch_unet()
    own = list(network.state_dict().values())
    theirs = list(twin.parameters())
    assert [value.shape for value in own] == [parameter.shape for parameter in theirs]
    for value, parameter in zip(own, theirs, strict=True):
        parameter.data.copy_(value)
    return twin


def test_forward_and_all_gradients_equal_torch(network: Sequential) -> None:
    twin = with_same_weights(network)
    image = torch.randn(2, 4, 24, 16, dtype=torch.float64)
    upstream = torch.randn(2, 3, 24, 16, dtype=torch.float64)

    output = network.train()(image)
    input_gradient = network.backward(upstream)

    twin_image = image.clone().requires_grad_()
    with torch.enable_grad():
        twin_output = twin(twin_image)
    twin_output.backward(upstream)

    torch.testing.assert_close(output, twin_output.detach())
    torch.testing.assert_close(input_gradient, twin_image.grad)
    for (_, gradient), parameter in zip(network.param(), twin.parameters(), strict=True):
        torch.testing.assert_close(gradient, parameter.grad)


def test_gradient_agrees_with_a_finite_difference_along_a_random_direction(
    network: Sequential,
) -> None:
    # So short a step that hardly any ReLU's input changes its sign on the way.
    step = 1e-6
    image = torch.randn(1, 4, 16, 16, dtype=torch.float64)
    upstream = torch.randn(1, 3, 16, 16, dtype=torch.float64)
    image_direction = torch.randn_like(image)
    values = [value.clone() for value, _ in network.param()]
    directions = [torch.randn_like(value) for value in values]

    network.train()(image)
    input_gradient = network.backward(upstream)
    slope = float((input_gradient * image_direction).sum()) + sum(
        float((gradient * direction).sum())
        for (_, gradient), direction in zip(network.param(), directions, strict=True)
    )

    def loss(distance: float) -> float:
        network.update_param([v + distance * d for v, d in zip(values, directions, strict=True)])
        return float((network.eval()(image + distance * image_direction) * upstream).sum())

    difference = (loss(step) - loss(-step)) / (2 * step)
    assert difference == pytest.approx(slope, rel=1e-5)


def test_several_forwards_then_their_backwards_in_reverse_order(network: Sequential) -> None:
    images = [torch.randn(1, 4, 8, 8, dtype=torch.float64) for _ in range(3)]
    upstreams = [torch.randn(1, 3, 8, 8, dtype=torch.float64) for _ in range(3)]
    network.train()

    expected_inputs = []
    for image, upstream in zip(images, upstreams, strict=True):
        network(image)
        expected_inputs.append(network.backward(upstream))
    expected = [gradient.clone() for _, gradient in network.param()]

    network.zero_grad()
    for image in images:
        network(image)
    found_inputs = [network.backward(upstream) for upstream in reversed(upstreams)][::-1]

    for found, wanted in zip(found_inputs, expected_inputs, strict=True):
        torch.testing.assert_close(found, wanted)
    for (_, gradient), wanted in zip(network.param(), expected, strict=True):
        torch.testing.assert_close(gradient, wanted)


def test_denoising_keeps_nothing_for_backward_and_leaves_the_mode() -> None:
    denoiser = Denoiser.create("photo-unet", {"widths": [4], "blocks": 1})
    denoiser.network.train()
    denoiser.denoise(torch.rand(1, 3, 8, 8), 0.1)
    assert denoiser.network.training
    assert not any(len(module._saved) for module in denoiser.network.modules())
