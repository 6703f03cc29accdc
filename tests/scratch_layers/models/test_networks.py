"""The networks: their exact shapes, sizes and costs, and what configurations they refuse."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from scratch_layers.data.camera.mosaic import rggb_mosaic
from scratch_layers.described import Extent
from scratch_layers.errors import ArgumentError, ArgumentTypeError, WeightsError
from scratch_layers.layers import Conv2d, ReLU, Residual, Sequential, Sigmoid, Upsampling
from scratch_layers.models import (
    ARCHITECTURES,
    architecture,
    build_network,
    miniproject_network,
    multiply_adds_per_pixel,
    paper_network,
    parameter_count,
    photo_unet,
    plain_network,
)
from scratch_layers.models.network_figures import activation_values_per_pixel
from scratch_layers.models.networks import mosaic_weights, widened_weights


def kinds(network: Sequential) -> list[str]:
    return [type(layer).__name__ for layer in network]


def test_a_mosaic_network_begins_with_what_a_photo_network_makes_of_even_colours() -> None:
    torch.manual_seed(0)
    photo, mosaic = (
        photo_unet((4, 6), 1, colours).to(dtype=torch.float64).eval() for colours in (3, 1)
    )
    mosaic.load_state_dict(mosaic_weights(photo.state_dict()))
    colours = torch.rand(1, 3, 8, 8, dtype=torch.float64)
    colours = colours.repeat_interleave(2, 2).repeat_interleave(2, 3)  # even in each block
    sigma = torch.full((1, 1, 16, 16), 0.1, dtype=torch.float64)
    expected = rggb_mosaic(photo(torch.cat([colours, sigma], 1)))
    colours[:, 1, 1::2] = colours[:, 1, ::2]
    found = mosaic(torch.cat([rggb_mosaic(colours), sigma], 1))
    torch.testing.assert_close(found, expected)


def test_a_widened_network_computes_what_the_narrow_one_does_and_learns_in_all_channels() -> None:
    torch.manual_seed(0)
    narrow, wide = (photo_unet(widths, 1).to(dtype=torch.float64) for widths in ((4, 6), (7, 6)))
    wide.load_state_dict(widened_weights(narrow.state_dict(), wide.state_dict()))
    image = torch.rand(1, 4, 16, 16, dtype=torch.float64)
    found = wide(image)
    torch.testing.assert_close(found, narrow(image))
    wide.backward(torch.randn_like(found))
    readers = [held.gradient[:4, 4:] for _, held in wide.named_parameters() if held.value.dim() > 1]
    assert all(gradient.any() for gradient in readers[1:3])


@pytest.mark.parametrize("widths", [(3, 6), (4,), (4, 6, 6)])
def test_weights_are_widened_into_wider_networks_alone(widths: tuple[int, ...]) -> None:
    narrow, other = photo_unet((4, 6), 1).state_dict(), photo_unet(widths, 1).state_dict()
    with pytest.raises(WeightsError, match="cannot be made of one"):
        widened_weights(narrow, other)


def test_paper_network_has_the_papers_layers_and_size() -> None:
    network = paper_network()
    assert kinds(network) == [
        "Conv2d",
        "ReLU",
        "Conv2d",
        "ReLU",
        "Upsampling",
        "ReLU",
        "Upsampling",
        "Sigmoid",
    ]
    assert parameter_count(network) == 1320
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert shapes["0.weight"] == (6, 3, 3, 3)
    assert shapes["2.weight"] == (9, 6, 3, 3)
    assert shapes["4.weight"] == (6, 9, 3, 3)
    assert shapes["6.weight"] == (3, 6, 3, 3)


def test_paper_network_maps_thumbnails_to_thumbnails_between_zero_and_one() -> None:
    output = paper_network().eval()(torch.rand(2, 3, 32, 32))
    assert output.shape == (2, 3, 32, 32)
    assert float(output.min()) > 0
    assert float(output.max()) < 1


@pytest.mark.parametrize(
    ("widths", "blocks", "parameters"),
    [((32, 64, 128), 2, 1_101_260), ((64, 128, 256), 2, 4_385_676), ((8,), 1, None)],
)
def test_photo_unet_has_the_size_its_shape_implies(
    widths: tuple[int, ...], blocks: int, parameters: int | None
) -> None:
    first = widths[0]

    def convolution(given: int, made: int, kernel: int = 3) -> int:
        return given * made * kernel**2 + made

    expected = convolution(16, first) + convolution(first, 12)
    for index, width in enumerate(widths):
        stages = 1 if index == len(widths) - 1 else 2
        expected += stages * blocks * 2 * convolution(width, width)
        if index:
            expected += convolution(widths[index - 1], width, kernel=2)
            expected += convolution(width, widths[index - 1])
    assert parameter_count(photo_unet(widths, blocks)) == expected
    assert parameters in (None, expected)


def test_photo_unet_reads_noise_level_and_returns_noise_of_the_same_size() -> None:
    output = photo_unet((4, 6, 8), blocks=1).eval()(torch.rand(2, 4, 16, 24))
    assert output.shape == (2, 3, 16, 24)


def test_photo_unet_starts_calm() -> None:
    torch.manual_seed(0)
    output = photo_unet().eval()(torch.randn(1, 4, 64, 64))
    assert 0.01 < float(output.std()) < 1


def test_multiply_adds_of_known_networks() -> None:
    assert multiply_adds_per_pixel(photo_unet(), 4) == 58_336
    assert multiply_adds_per_pixel(Conv2d(4, 8, 3, stride=2, groups=2), 4) == 8 * 2 * 9 / 4
    by_scale = Upsampling(2, 5, 3, padding=1, transposeconvargs=False, scale_factor=3)
    assert multiply_adds_per_pixel(by_scale, 2) == 9 * 5 * 2 * 9
    by_stride = Upsampling(2, 5, 3, stride=3)
    assert multiply_adds_per_pixel(by_stride, 2) == 9 * 5 * 2 * 9


def test_activation_memory_counts_what_is_alive() -> None:
    chain = Sequential(Conv2d(4, 8, 1), ReLU(), Conv2d(8, 1, 1))
    assert activation_values_per_pixel(chain, 4) == 4 + 8 + 8
    residual = Residual(Sequential(Conv2d(4, 4, 1), ReLU()))
    assert activation_values_per_pixel(residual, 4) == 12
    assert activation_values_per_pixel(Sequential(Conv2d(1, 8, 2, stride=2)), 1) == 1 + 8 / 4


def test_miniproject_generalises_the_paper() -> None:
    same = miniproject_network(widths=(6, 9), blocks=0)
    assert {name: value.shape for name, value in same.state_dict().items()} == {
        name: value.shape for name, value in paper_network().state_dict().items()
    }
    deeper = miniproject_network(widths=(4, 6, 8), blocks=1)
    papers_kinds = (Conv2d, ReLU, Upsampling, Sigmoid)
    assert all(isinstance(layer, papers_kinds) for layer, _, _ in deeper.extents(Extent(3)))
    assert deeper.eval()(torch.rand(1, 3, 16, 8)).shape == (1, 3, 16, 8)


def test_the_plain_network_has_the_layers_it_names() -> None:
    network = plain_network(widths=(5, 7))
    convolutions = [layer for layer in network if isinstance(layer, Conv2d)]
    assert [(layer.in_channels, layer.out_channels) for layer in convolutions] == [
        (4, 5),
        (5, 7),
        (7, 3),
    ]
    assert network.eval()(torch.rand(2, 4, 5, 3)).shape == (2, 3, 5, 3)


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_every_architecture_builds_with_its_defaults(name: str) -> None:
    found = architecture(name)
    multiple = found.size_multiple()
    image = torch.rand(1, found.input_channels, multiple, 2 * multiple)
    output = build_network(name).eval()(image)
    assert output.shape == (1, found.channels, multiple, 2 * multiple)


def test_a_blueprint_takes_no_memory_but_has_every_shape() -> None:
    widest = {"widths": [512] * 6, "blocks": 16}
    blueprint = architecture("photo-unet").blueprint(widest)
    assert parameter_count(blueprint) > 10**8
    assert {value.device.type for value in blueprint.state_dict().values()} == {"meta"}


@pytest.mark.parametrize(
    ("configuration", "error", "sentence"),
    [
        ({"widths": []}, ArgumentError, "1 to 6 levels"),
        ({"widths": [8] * 7}, ArgumentError, "not 7"),
        ({"widths": [0]}, ArgumentError, "not 0"),
        ({"widths": [100_000]}, ArgumentError, "not 100000"),
        ({"widths": "many"}, ArgumentTypeError, "'many'"),
        ({"widths": [8.0]}, ArgumentTypeError, r"\[8.0\]"),
        ({"widths": [True]}, ArgumentTypeError, "True"),
        ({"blocks": 0}, ArgumentError, "not 0"),
        ({"blocks": 10**9}, ArgumentError, "not 1000000000"),
        ({"blocks": None}, ArgumentTypeError, "None"),
        ({"depth": 3}, ArgumentError, "no setting 'depth'; it knows widths, blocks"),
    ],
)
def test_configurations_out_of_range_are_refused(
    configuration: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        build_network("photo-unet", configuration)


def test_unknown_architecture_is_named_with_the_known_ones() -> None:
    with pytest.raises(ArgumentError, match=r"'resnet'.*photo-unet"):
        build_network("resnet")
