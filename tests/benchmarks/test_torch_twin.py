"""The twin in torch.nn computes what the hand-written network computes, or is refused."""

from __future__ import annotations

import pytest
import torch

from scratch_layers import (
    Conv2d,
    LeakyReLU,
    Module,
    NNUpsampling,
    PixelShuffle,
    PixelUnshuffle,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Upsampling,
)
from scratch_layers.models import paper_network, photo_unet
from tests.benchmarks.torch_twin import torch_twin

NETWORKS = {
    "convolution": Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2)),
    "same padding": Conv2d(4, 6, 2, padding="same", bias=False),
    "groups": Conv2d(4, 6, 3, groups=2, padding=1, padding_mode="reflect"),
    "activations": Sequential(LeakyReLU(0.2), ReLU(), Sigmoid()),
    "shuffles": Sequential(PixelUnshuffle(2), PixelShuffle(4), NNUpsampling((2, 3))),
    "upsampling": Upsampling(4, 2, 3, padding=1, transposeconvargs=False, scale_factor=2),
    "transposed": Upsampling(4, 2, 3, stride=2, padding=1, output_padding=1),
    "dilated transposed": Upsampling(4, 2, 3, stride=3, padding=4, dilation=2, output_padding=2),
    "residual": Residual(Sequential(ReLU(), Conv2d(4, 4, 3, padding=1), ReLU())),
    "photo network": photo_unet((4, 8), blocks=1),
    "paper's network": Sequential(Conv2d(4, 3, 1), paper_network()),
}


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
@pytest.mark.parametrize("name", NETWORKS)
def test_twin_computes_the_same(name: str) -> None:
    network, image = NETWORKS[name], torch.rand(2, 4, 16, 16)
    twin = torch_twin(network, image)
    assert network.training
    torch.testing.assert_close(twin(image), network.forward(image), rtol=1e-4, atol=1e-4)
    network.forget()
    assert sum(value.numel() for value in twin.parameters()) == sum(
        value.numel() for value, _ in network.param()
    )


def test_twin_learns_from_the_same_gradients() -> None:
    network, image = photo_unet((4, 8), blocks=1), torch.rand(1, 4, 16, 16)
    twin = torch_twin(network, image)
    twin(image).square().sum().backward()
    network.backward(2 * network.forward(image))
    for expected, (_, found) in zip(twin.parameters(), network.param(), strict=True):
        torch.testing.assert_close(found, expected.grad, rtol=1e-3, atol=1e-2)


def test_a_wrong_result_is_refused() -> None:
    class OffByALittle(Conv2d):
        def forward(self, input: torch.Tensor) -> torch.Tensor:
            return super().forward(input) + 0.01

    with pytest.raises(AssertionError):
        torch_twin(OffByALittle(3, 3, 3), torch.rand(1, 3, 8, 8))


def test_an_unknown_layer_is_refused() -> None:
    class Novel(Module):
        pass

    with pytest.raises(TypeError, match="Novel"):
        torch_twin(Novel(), torch.rand(1, 3, 8, 8))
