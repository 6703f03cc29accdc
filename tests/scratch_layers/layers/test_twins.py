"""Layers against the layers of the same name in torch.nn, in double precision."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.scratch_layers.layers.examples import EXAMPLES, Example
from tests.scratch_layers.torch_twins import assert_twins, random_tensor

TWINS = {name: example for name, example in EXAMPLES.items() if example.twin is not None}
EVERY_TWIN = pytest.mark.parametrize("example", TWINS.values(), ids=TWINS)


@EVERY_TWIN
@pytest.mark.parametrize("seed", range(3))
def test_layers_equal_torch(example: Example, seed: int) -> None:
    assert_twins(example.layer(seed), example.twin(), example.input(seed + 5), seed=seed)


@EVERY_TWIN
def test_a_seed_gives_torchs_parameters_under_torchs_names(example: Example) -> None:
    torch.manual_seed(4)
    ours = example.make().state_dict()
    torch.manual_seed(4)
    theirs = example.twin().state_dict()
    assert list(ours) == list(theirs)
    for name, value in theirs.items():
        assert ours[name].dtype == value.dtype
        torch.testing.assert_close(ours[name], value)


@EVERY_TWIN
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_other_dtypes_stay_near_torch(example: Example, dtype: torch.dtype) -> None:
    ours, theirs = example.make().to(dtype=dtype), example.twin().to(dtype=dtype)
    theirs.load_state_dict(ours.state_dict())
    image = random_tensor(*example.shape, dtype=dtype)
    expected = theirs(image).detach()
    found = ours(image)
    assert found.dtype == dtype
    scale = float(expected.abs().max())
    torch.testing.assert_close(found, expected, rtol=0, atol=4 * torch.finfo(dtype).eps * scale)


def test_normalising_channels_of_pixels_is_layer_norm_with_channels_last() -> None:
    example = EXAMPLES["LayerNorm2d"]

    class Twin(nn.LayerNorm):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return super().forward(image.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    assert_twins(example.layer(), Twin(5, eps=1e-6), example.input())
