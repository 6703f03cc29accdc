"""Looking inside a network must show the network as it is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from desktop_app.services.models.inspection import check_layer, first_kernels, inspect_network
from scratch_layers.layers import Conv2d, PixelUnshuffle, ReLU, Sequential
from scratch_layers.models import Denoiser, ModelCard, save_model


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("models")
    denoiser = Denoiser.create("photo-unet", {"widths": [4, 6], "blocks": 1})
    save_model(folder, denoiser, ModelCard(name="small", title="Small"))
    return denoiser, str(folder / "small.safetensors")


@pytest.fixture
def pixels():
    return np.random.default_rng(1).integers(0, 256, (22, 30, 3), dtype=np.uint8)


def test_layers_come_in_running_order_with_their_shapes(model, pixels):
    denoiser, path = model
    report = inspect_network(pixels, "photo.png", path)
    assert (report.model, report.picture) == ("Small", "photo.png")
    kinds = [layer.kind for layer in report.layers]
    block = ["Conv2d", "ReLU", "Conv2d", "Sum"]
    assert kinds == [
        *("PixelUnshuffle", "Conv2d", *block, "Conv2d", *block),
        *("Upsampling", "Sum", *block, "Conv2d", "PixelShuffle"),
    ]
    for before, after in zip(report.layers, report.layers[1:], strict=False):
        assert after.kind == "Sum" or before.output_shape == after.input_shape
    # 22 x 30 is continued to multiples of 4.
    assert report.layers[0].input_shape == (4, 24, 32)
    assert report.layers[-1].output_shape == (3, 24, 32)
    counted = sum(layer.parameters for layer in report.layers)
    learned = sum(value.numel() for value in denoiser.network.state_dict().values())
    assert counted == report.parameters == learned


def test_sums_know_what_they_skip(model, pixels):
    layers = inspect_network(pixels, "photo.png", model[1]).layers
    skips = [(index, layer.skip_from) for index, layer in enumerate(layers) if layer.skip_from]
    assert skips == [(5, 2), (10, 7), (12, 6), (16, 13)]
    assert [layers[index].depth for index in (1, 2, 6, 7, 12)] == [0, 1, 1, 2, 0]


def test_the_last_output_is_that_of_the_network(model, pixels):
    denoiser, path = model
    last = inspect_network(pixels, "photo.png", path).layers[-1]
    image = torch.tensor(pixels).permute(2, 0, 1)[None] / 255
    report = inspect_network(pixels, "photo.png", path)
    noise = image - denoiser.denoise(image, report.sigma_255 / 255)
    assert last.lowest <= float(noise.min()) + 1e-5
    assert last.highest >= float(noise.max()) - 1e-5
    assert last.maps.shape == last.output_shape
    assert last.maps.dtype == np.uint8


def test_kernels_behind_a_pixel_unshuffle_become_kernels_of_pixels():
    convolution = Conv2d(16, 2, 3)
    weight = convolution.weight.value.zero_()
    # Green, second row and first column of every 2x2 square; the kernel's middle and last column.
    weight[0, 1 * 4 + 1 * 2 + 0, 1, 2] = 0.5
    kernels = first_kernels(Sequential(PixelUnshuffle(2), convolution))
    assert kernels.shape == (2, 6, 6, 3)
    expected = np.full((2, 6, 6, 3), 128, np.uint8)
    expected[0, 1 * 2 + 1, 2 * 2 + 0, 1] = 255
    np.testing.assert_array_equal(kernels, expected)


def test_networks_that_do_not_begin_with_colours_show_no_kernels():
    assert first_kernels(Sequential(ReLU(), Conv2d(3, 4, 3))) is None
    assert first_kernels(Sequential(Conv2d(1, 4, 3))) is None


def test_any_layer_can_be_checked(model, pixels):
    layers = inspect_network(pixels, "photo.png", model[1]).layers
    for index in (0, 1, 6, 11, 12, len(layers) - 1):
        check = check_layer(model[1], index, lambda: False)
        assert check.passed, check
        assert check.layer == layers[index].name
