"""Sequential and Residual: the same as torch modules made of the same layers."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from scratch_layers import (
    Conv2d,
    LeakyReLU,
    Linear,
    PixelShuffle,
    PixelUnshuffle,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Upsampling,
)
from tests.scratch_layers.torch_twins import assert_twins, our_pass, random_tensor


class TorchResidual(nn.Module):
    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, image: Tensor) -> Tensor:
        return image + self.body(image)


def network() -> Sequential:
    torch.manual_seed(2)
    block = Residual(Sequential(Conv2d(8, 8, 3, padding=1), ReLU(), Conv2d(8, 8, 3, padding=1)))
    return Sequential(
        PixelUnshuffle(2), Conv2d(12, 8, 3, padding="same"), LeakyReLU(0.1), block, Residual(block),
        Conv2d(8, 12, 1), PixelShuffle(2), Sigmoid(),
    )  # fmt: skip


def torch_network() -> nn.Module:
    block = TorchResidual(
        nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1))
    )
    return nn.Sequential(
        nn.PixelUnshuffle(2), nn.Conv2d(12, 8, 3, padding="same"), nn.LeakyReLU(0.1), block,
        TorchResidual(block), nn.Conv2d(8, 12, 1), nn.PixelShuffle(2), nn.Sigmoid(),
    )  # fmt: skip


def separate(network: Sequential) -> Sequential:
    """The same network without the block that is used twice."""
    return Sequential(*(module for index, module in enumerate(network) if index != 4))


def torch_separate(network: nn.Sequential) -> nn.Sequential:
    return nn.Sequential(*(module for index, module in enumerate(network) if index != 4))


@pytest.mark.parametrize("shape", [(2, 3, 8, 10), (3, 6, 4)])
def test_a_network_equals_its_twin(shape: tuple[int, ...]) -> None:
    assert_twins(separate(network()), torch_separate(torch_network()), random_tensor(*shape))


def test_a_module_used_twice_gathers_both_gradients() -> None:
    ours, theirs = network().to(dtype=torch.float64), torch_network().double()
    theirs.load_state_dict(ours.state_dict())
    image, upstream = random_tensor(2, 3, 8, 8), random_tensor(2, 3, 8, 8, seed=1)
    output = ours.forward(image)
    gradient = ours.backward(upstream)

    image.requires_grad_()
    expected = theirs(image)
    expected.backward(upstream)
    torch.testing.assert_close(output, expected.detach())
    torch.testing.assert_close(gradient, image.grad)
    gradients = {name: parameter.gradient for name, parameter in ours.named_parameters()}
    assert list(gradients) == [name for name, _ in theirs.named_parameters()]
    for name, parameter in theirs.named_parameters():
        torch.testing.assert_close(gradients[name], parameter.grad)


def test_names_are_those_of_torch() -> None:
    ours, theirs = separate(network()), torch_separate(torch_network())
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [tuple(value.shape) for value in ours.state_dict().values()] == [
        tuple(value.shape) for value in theirs.state_dict().values()
    ]


def test_an_empty_sequence_changes_nothing() -> None:
    image = random_tensor(2, 3)
    assert torch.equal(Sequential()(image), image)
    assert torch.equal(Sequential().backward(image), image)


def test_a_sequence_can_be_counted_indexed_and_walked() -> None:
    layers = [Conv2d(3, 3, 1), ReLU(), Sigmoid()]
    sequence = Sequential(*layers)
    assert len(sequence) == 3
    assert list(sequence) == layers
    assert sequence[0] is layers[0]
    assert sequence[-1] is layers[2]
    with pytest.raises(IndexError):
        sequence[3]


def test_residual_adds_the_input() -> None:
    body = Conv2d(3, 3, 3, padding=1, dtype=torch.float64)
    image, upstream = random_tensor(2, 3, 5, 5), random_tensor(2, 3, 5, 5, seed=1)
    alone, with_input = our_pass(body, image, upstream), our_pass(Residual(body), image, upstream)
    torch.testing.assert_close(with_input.output, alone.output + image)
    torch.testing.assert_close(with_input.input_gradient, alone.input_gradient + upstream)


def test_a_recursion_of_residuals_is_a_unet() -> None:
    inner = Residual(Sequential(Conv2d(4, 6, 2, stride=2), ReLU(), Upsampling(6, 4, 2, stride=2)))
    outer = Sequential(Conv2d(3, 4, 1), inner, Conv2d(4, 3, 1))
    assert outer(torch.zeros(1, 3, 8, 12)).shape == (1, 3, 8, 12)
    assert list(outer.state_dict())[2] == "1.body.0.weight"


def test_a_slice_of_a_sequence_is_a_sequence_of_the_same_modules() -> None:
    whole = network()
    part = whole[1:4]
    assert isinstance(part, Sequential)
    assert list(part) == list(whole)[1:4]
    assert list(whole[::-1]) == list(whole)[::-1]
    image = torch.rand(1, 3, 8, 8)
    torch.testing.assert_close(whole[3:](whole[:3](image)), whole(image))


def test_layers_of_rows_follow_each_other_in_both_modes() -> None:
    """Only the memory of images goes round."""
    network = Sequential(Linear(4, 5), Linear(5, 6), ReLU(), Linear(6, 2))
    rows = torch.rand(3, 4)
    torch.testing.assert_close(network(rows), network.eval()(rows))
