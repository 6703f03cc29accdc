"""New weights: torch's distribution, and torch's numbers for the same seed."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from scratch_layers import Conv2d, Upsampling

ARGUMENTS = [
    pytest.param({"in_channels": 16, "out_channels": 200, "kernel_size": 3}, id="3x3"),
    pytest.param({"in_channels": 64, "out_channels": 128, "kernel_size": 1}, id="1x1"),
    pytest.param({"in_channels": 24, "out_channels": 240, "kernel_size": (5, 2)}, id="5x2"),
    pytest.param(
        {"in_channels": 32, "out_channels": 256, "kernel_size": 3, "groups": 4}, id="groups"
    ),
]


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_a_seed_gives_torchs_numbers(arguments: dict[str, Any]) -> None:
    torch.manual_seed(11)
    ours = Conv2d(**arguments)
    torch.manual_seed(11)
    theirs = nn.Conv2d(**arguments)
    torch.testing.assert_close(ours.weight.value, theirs.weight.detach())
    torch.testing.assert_close(ours.bias.value, theirs.bias.detach())


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_weights_are_uniform_within_their_bound(arguments: dict[str, Any]) -> None:
    """Bound 1 / sqrt(fan_in), so variance bound^2 / 3; each within four standard errors."""
    torch.manual_seed(3)
    layer = Conv2d(**arguments, dtype=torch.float64)
    fan_in = layer.weight.value[0].numel()
    bound = fan_in**-0.5
    for value in (layer.weight.value, layer.bias.value):
        count = value.numel()
        assert value.abs().max() <= bound
        assert value.abs().max() > bound * (1 - 10 / count)
        assert abs(value.mean()) < 4 * bound / (3 * count) ** 0.5
        # The square of a uniform number has the variance (4/45) bound^4.
        error = 4 * (4 / 45) ** 0.5 * bound**2 / count**0.5
        assert abs((value**2).mean() - bound**2 / 3) < error


def test_upsampling_begins_like_the_convolution_inside_it() -> None:
    torch.manual_seed(11)
    upsampling = Upsampling(16, 32, 3, stride=2)
    torch.manual_seed(11)
    convolution = Conv2d(16, 32, 3)
    assert torch.equal(upsampling.weight.value, convolution.weight.value)
    assert torch.equal(upsampling.bias.value, convolution.bias.value)


def test_other_seeds_give_other_numbers() -> None:
    torch.manual_seed(1)
    first, second = Conv2d(3, 4, 3), Conv2d(3, 4, 3)
    assert not torch.equal(first.weight.value, second.weight.value)


@pytest.mark.parametrize(
    "dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64, None]
)
@pytest.mark.parametrize("layer", [Conv2d, Upsampling])
def test_parameters_have_the_dtype_asked_for(layer: Any, dtype: torch.dtype | None) -> None:
    made = layer(3, 4, 3, dtype=dtype, device="cpu")
    expected = dtype or torch.get_default_dtype()
    assert {value.dtype for value in made.state_dict().values()} == {expected}
    assert {gradient.dtype for _, gradient in made.param()} == {expected}
    assert made(torch.zeros(1, 3, 5, 5, dtype=expected)).dtype == expected
