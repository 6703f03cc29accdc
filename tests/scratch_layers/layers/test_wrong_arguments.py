"""What a layer refuses: torch's exception type, and a sentence that names the value.

Torch finds some mistakes in the constructor and others in ``forward``; ours may be found earlier.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

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
from scratch_layers.errors import ScratchError

# Torch warns where it makes a layer without weights; ours is refused.
pytestmark = pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")

TORCH_TYPES = (ValueError, TypeError, RuntimeError)

# Changes to the arguments (4, 4, kernel_size=3), and what the message must name.
WRONG_CONVOLUTIONS = [
    ({"in_channels": 0}, "in_channels .* not 0"),
    ({"in_channels": -4}, "in_channels .* not -4"),
    ({"in_channels": 4.0}, "in_channels .* not 4.0"),
    ({"in_channels": 5}, "5 channels"),
    ({"out_channels": 0}, "out_channels .* not 0"),
    ({"out_channels": -1}, "out_channels .* not -1"),
    ({"out_channels": "4"}, "out_channels .* not '4'"),
    ({"out_channels": None}, "out_channels .* not None"),
    ({"kernel_size": 0}, "kernel_size .* not 0"),
    ({"kernel_size": -1}, "kernel_size .* not -1"),
    ({"kernel_size": (3, 0)}, r"kernel_size .* not \(3, 0\)"),
    ({"kernel_size": (3,)}, r"kernel_size .* not \(3,\)"),
    ({"kernel_size": (3, 3, 3)}, r"kernel_size .* not \(3, 3, 3\)"),
    ({"kernel_size": 2.0}, "kernel_size .* not 2.0"),
    ({"kernel_size": (3, 1.5)}, r"kernel_size .* not \(3, 1.5\)"),
    ({"kernel_size": "3"}, "kernel_size .* not '3'"),
    ({"kernel_size": None}, "kernel_size .* not None"),
    ({"stride": 0}, "stride .* not 0"),
    ({"stride": -1}, "stride .* not -1"),
    ({"stride": (1, 0)}, r"stride .* not \(1, 0\)"),
    ({"stride": (1, 1, 1)}, r"stride .* not \(1, 1, 1\)"),
    ({"stride": 1.5}, "stride .* not 1.5"),
    ({"stride": "1"}, "stride .* not '1'"),
    ({"stride": None}, "stride .* not None"),
    ({"padding": -1}, "padding .* not -1"),
    ({"padding": (1, -1)}, r"padding .* not \(1, -1\)"),
    ({"padding": (1, 1, 1)}, r"padding .* not \(1, 1, 1\)"),
    ({"padding": 1.0}, "padding .* not 1.0"),
    ({"padding": None}, "padding .* not None"),
    ({"dilation": 0}, "dilation .* not 0"),
    ({"dilation": -2}, "dilation .* not -2"),
    ({"dilation": (1, 1, 1)}, r"dilation .* not \(1, 1, 1\)"),
    ({"dilation": 1.0}, "dilation .* not 1.0"),
    ({"dilation": None}, "dilation .* not None"),
    ({"dtype": torch.int64}, "torch.int64"),
    ({"dtype": torch.bool}, "torch.bool"),
    ({"dtype": "float32"}, "'float32'"),
]
CONV2D_ALONE = [
    ({"groups": 0}, "groups .* not 0"),
    ({"groups": -1}, "groups .* not -1"),
    ({"groups": 1.0}, "groups .* not 1.0"),
    ({"groups": "1"}, "groups .* not '1'"),
    ({"groups": None}, "groups .* not None"),
    ({"groups": 3}, "in_channels .* groups, but 4 is not by 3"),
    ({"groups": 4, "out_channels": 6}, "out_channels .* groups, but 6 is not by 4"),
    ({"padding": "reflect"}, "padding .* not 'reflect'"),
    ({"padding": "same", "stride": 2}, r"stride must be 1, not \(2, 2\)"),
    ({"padding": "same", "stride": (1, 2)}, r"stride must be 1, not \(1, 2\)"),
    ({"padding_mode": "constant"}, "padding_mode .* not 'constant'"),
    ({"padding_mode": None}, "padding_mode .* not None"),
    ({"padding_mode": "reflect", "padding": 8}, "'reflect' .* at most 7 .* not 8"),
    ({"padding_mode": "circular", "padding": 9}, "'circular' .* at most 8 .* not 9"),
    ({"kernel_size": 9}, r"\(8 x 8\)\. Kernel size: \(9 x 9\)"),
    ({"kernel_size": 5, "dilation": 2}, r"\(8 x 8\)\. Kernel size: \(9 x 9\)"),
    ({"kernel_size": (1, 13), "padding": (0, 2)}, r"\(8 x 12\)\. Kernel size: \(1 x 13\)"),
]
UPSAMPLING_ALONE = [
    ({"output_padding": 1}, "output_padding .* 1 is not smaller than 1 or 1"),
    ({"output_padding": 2, "stride": 2}, "output_padding .* 2 is not smaller than 2 or 1"),
    ({"output_padding": (1, 1), "stride": (2, 1)}, "output_padding .* 1 is not smaller than 1"),
    ({"output_padding": -1, "stride": 2}, "output_padding .* not -1"),
    ({"output_padding": 1.0, "stride": 2}, "output_padding .* not 1.0"),
    ({"output_padding": (0, 0, 0)}, r"output_padding .* not \(0, 0, 0\)"),
    ({"padding": "same"}, "padding .* not 'same'"),
    ({"padding": 20}, r"\(8 x 8\)\. .* \(-30 x -30\)"),
]
WRONG_IMAGES = [
    (torch.zeros(8, 8), r"\[8, 8\]"),
    (torch.zeros(1, 1, 4, 8, 8), r"\[1, 1, 4, 8, 8\]"),
    (torch.zeros(()), r"\[\]"),
    (torch.zeros(2, 5, 8, 8), "4 channels, but got 5"),
    (torch.zeros(5, 8, 8), "4 channels, but got 5"),
    (torch.zeros(2, 0, 8, 8), "4 channels, but got 0"),
    (torch.zeros(2, 4, 0, 8), r"\[2, 4, 0, 8\]"),
    (torch.zeros(4, 8, 0), r"\[(1, )?4, 8, 0\]"),
    (torch.zeros(2, 4, 8, 8, dtype=torch.float64), "float64"),
    (torch.zeros(2, 4, 8, 8, dtype=torch.int64), "int64"),
    (torch.zeros(2, 4, 8, 8, dtype=torch.complex64), "complex64"),
    ([[1.0]], "list"),
    (None, "NoneType"),
    (3, "int"),
]


def named(cases: list[tuple[Any, str]]) -> list[Any]:
    return [pytest.param(*case, id=str(case[0]).replace("torch.", "")) for case in cases]


def refusal(attempt: Callable[[], object]) -> Exception | None:
    try:
        attempt()
    except TORCH_TYPES as error:
        return error
    return None


def assert_refused_alike(
    ours: Callable[[], object], theirs: Callable[[], object], words: str
) -> None:
    expected, found = refusal(theirs), refusal(ours)
    assert expected is not None, "torch accepts this"
    assert found is not None, f"accepted, but torch raises {expected!r}"
    torch_type = next(kind for kind in TORCH_TYPES if isinstance(expected, kind))
    assert isinstance(found, torch_type)
    assert re.search(words, str(found))
    assert isinstance(found, ScratchError)
    assert str(found).endswith(".")


def forward_of(make: Callable[..., Any], changes: dict[str, Any]) -> Callable[[], object]:
    arguments = {"in_channels": 4, "out_channels": 4, "kernel_size": 3, **changes}
    return lambda: make(**arguments)(torch.zeros(2, 4, 8, 8))


@pytest.mark.parametrize(("changes", "words"), named(WRONG_CONVOLUTIONS + CONV2D_ALONE))
def test_conv2d_refuses_what_torch_refuses(changes: dict[str, Any], words: str) -> None:
    assert_refused_alike(forward_of(Conv2d, changes), forward_of(nn.Conv2d, changes), words)


@pytest.mark.parametrize(("changes", "words"), named(WRONG_CONVOLUTIONS + UPSAMPLING_ALONE))
def test_upsampling_refuses_what_conv_transpose2d_refuses(
    changes: dict[str, Any], words: str
) -> None:
    twin = forward_of(nn.ConvTranspose2d, changes)
    assert_refused_alike(forward_of(Upsampling, changes), twin, words)


@pytest.mark.parametrize(("image", "words"), named(WRONG_IMAGES))
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(Conv2d(4, 4, 3), nn.Conv2d(4, 4, 3)), (Upsampling(4, 4, 3), nn.ConvTranspose2d(4, 4, 3))],
    ids=["Conv2d", "Upsampling"],
)
def test_images_that_do_not_fit(ours: Module, theirs: nn.Module, image: Any, words: str) -> None:
    assert_refused_alike(lambda: ours(image), lambda: theirs(image), words)


@pytest.mark.parametrize("ours", [Conv2d(4, 4, 3), Upsampling(4, 4, 3)])
def test_an_image_on_another_device(ours: Module) -> None:
    with pytest.raises(RuntimeError, match=r"meta.*cpu"):
        ours(torch.zeros(2, 4, 8, 8, device="meta"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "scale_factor is needed"),
        ({"scale_factor": 0}, "scale_factor .* not 0"),
        ({"scale_factor": (2, -1)}, r"scale_factor .* not \(2, -1\)"),
        ({"scale_factor": 2, "output_padding": 1}, r"output_padding \(1, 1\)"),
        ({"scale_factor": 2, "transposeconvargs": True}, "scale_factor 2"),
    ],
)
def test_arguments_of_the_other_meaning(changes: dict[str, Any], words: str) -> None:
    arguments = {"transposeconvargs": False, **changes}
    with pytest.raises(ValueError, match=words):
        Upsampling(4, 4, 3, **arguments)


def test_scale_factor_that_is_no_number() -> None:
    with pytest.raises(TypeError, match=r"scale_factor .* not 1.5"):
        Upsampling(4, 4, 3, transposeconvargs=False, scale_factor=1.5)


@pytest.mark.parametrize("layer", [Conv2d, Upsampling])
def test_unknown_algorithm(layer: type[Module]) -> None:
    with pytest.raises(ValueError, match="algorithm .* not 'magic'"):
        layer(4, 4, 3, algorithm="magic")


@pytest.mark.parametrize(
    ("factor", "words"),
    [(0, "not 0"), (-1, "not -1"), (2.0, "not 2.0"), ("2", "'2'"), (None, "None")],
)
@pytest.mark.parametrize("name", ["PixelShuffle", "PixelUnshuffle"])
def test_factors_of_shuffles(name: str, factor: Any, words: str) -> None:
    layers = {"PixelShuffle": PixelShuffle, "PixelUnshuffle": PixelUnshuffle}
    image = torch.zeros(1, 4, 8, 8)
    assert_refused_alike(
        lambda: layers[name](factor)(image), lambda: getattr(nn, name)(factor)(image), words
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "shape", "words"),
    [
        (PixelShuffle(3), nn.PixelShuffle(3), (1, 4, 8, 8), r"multiple of 9 channels, but got 4"),
        (PixelUnshuffle(3), nn.PixelUnshuffle(3), (1, 4, 9, 8), r"multiples of 3, but got 9 x 8"),
        (PixelUnshuffle(3), nn.PixelUnshuffle(3), (4, 8, 9), r"multiples of 3, but got 8 x 9"),
        (PixelShuffle(2), nn.PixelShuffle(2), (8, 8), r"\[8, 8\]"),
        (PixelUnshuffle(2), nn.PixelUnshuffle(2), (8, 8), r"\[8, 8\]"),
        (NNUpsampling(2), nn.Upsample(scale_factor=2), (8, 8), r"\[8, 8\]"),
    ],
)
def test_shapes_that_do_not_fit_a_resampling(
    ours: Module, theirs: nn.Module, shape: tuple[int, ...], words: str
) -> None:
    image = torch.zeros(shape)
    assert_refused_alike(lambda: ours(image), lambda: theirs(image), words)


@pytest.mark.parametrize("scale", [0, (2, 0), (2,), (2, 2, 2)])
def test_scale_factors_out_of_range(scale: Any) -> None:
    with pytest.raises(ValueError, match="scale_factor must be .*" + re.escape(f"not {scale}")):
        NNUpsampling(scale)


@pytest.mark.parametrize("layer", [ReLU(), LeakyReLU(), Sigmoid(), Residual(ReLU())])
@pytest.mark.parametrize("thing", [None, 1.0, [1.0]])
def test_activations_take_tensors_alone(layer: Module, thing: Any) -> None:
    with pytest.raises(TypeError, match=f"{type(layer).__name__} takes a tensor, not "):
        layer(thing)


@pytest.mark.parametrize("thing", [nn.ReLU(), torch.relu, None, [ReLU()]])
def test_sequential_takes_modules_alone(thing: Any) -> None:
    with pytest.raises(TypeError, match=f"not {type(thing).__name__}"):
        Sequential(ReLU(), thing)


def test_a_residual_body_must_keep_the_shape() -> None:
    with pytest.raises(RuntimeError, match=r"\(1, 3, 4, 4\) into \(1, 2, 4, 4\)"):
        Residual(Conv2d(3, 2, 1))(torch.zeros(1, 3, 4, 4))


@pytest.mark.parametrize("number", [True, 2])
def test_whatever_has_an_index_is_an_integer(number: Any) -> None:
    """Such as numpy's integers; a flag counts as torch counts it."""

    class Index:
        def __index__(self) -> int:
            return int(number)

    image = torch.zeros(1, 4, 8, 8)
    for size in (number, Index()):
        expected = nn.Conv2d(4, 4, int(number))(image).shape
        assert Conv2d(4, 4, size)(image).shape == expected
