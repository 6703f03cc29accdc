"""Looking inside a network must show the network as it is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from desktop_app.services.models import backward
from desktop_app.services.models.backward import gradient_flow
from desktop_app.services.models.inspection import inspect_network
from desktop_app.services.models.network_report import NetworkChanges
from desktop_app.services.models.shown_tensors import first_kernels
from scratch_layers.layers import (
    Conv2d,
    ConvTranspose2d,
    PixelUnshuffle,
    ReLU,
    Sequential,
    Upsampling,
)
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
    # 24 x 32 pixels in squares of 2 x 2, from 16 planes to 4.
    assert report.layers[1].multiply_adds == 12 * 16 * 9 * 16 * 4
    assert report.layers[5].multiply_adds == 0
    for layer in report.layers:
        assert all((layer.purpose, layer.equation, layer.documentation))
        assert ":math:" not in layer.documentation


def test_a_network_for_mosaics_sees_one_colour_in_each_pixel(models_for_raw_files, pixels):
    path = str(models_for_raw_files / "raw.safetensors")
    report = inspect_network(pixels, "photo.png", path, 10.0)
    seen = np.rint(255 * report.input[0, :22, :30])
    for y, x, colour in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        assert (seen[y::2, x::2] == pixels[y::2, x::2, colour]).all()
    assert report.photo.shape == report.denoised.shape == (22, 30, 3)
    assert (report.photo[:, :, 0] == seen).all()
    flow = gradient_flow(pixels, path, 10.0, (0, 3, 4))
    assert flow.photo.shape[2] == 3


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


@pytest.mark.parametrize("layer", [Upsampling(3, 2, 3), ConvTranspose2d(3, 2, 3)], ids=repr)
def test_kernels_of_every_layer_that_slides_one_are_shown(layer):
    layer.weight.value.zero_()
    layer.sliding_kernel().weight[0, 1, 2, 0, 1] = 0.5
    assert np.argwhere(first_kernels(Sequential(layer)) == 255).tolist() == [[1, 0, 1, 2]]


def test_every_layer_is_checked(model, pixels, monkeypatch):
    monkeypatch.setattr(backward, "DIRECTIONS", 1)
    layers = inspect_network(pixels, "photo.png", model[1]).layers
    checks = list(backward.check_layers(model[1], lambda: False))
    assert [check.layer for check in checks] == [layer.name for layer in layers]
    assert all(check.passed for check in checks)


def test_a_receptive_field_holds_all_pixels_that_count_and_its_edges_do(model, pixels):
    report = inspect_network(pixels, "photo.png", model[1], 10.0)
    index, (channel, row, column) = 8, (2, 2, 4)
    layer = report.layers[index]
    top, left, bottom, right = layer.receptive_field(row, column)
    assert 0 <= top < bottom <= 24
    assert 0 <= left < right <= 32

    def value(changed):
        return inspect_network(changed, "", model[1], 10.0).layers[index].values[:, row, column]

    # The picture is continued below and to the right by reflection: a change is made above.
    inside = pixels[top:bottom, left:right].copy()
    outside = 255 - pixels
    outside[top:bottom, left:right] = inside
    if bottom <= 22 and right <= 30:
        np.testing.assert_array_equal(value(outside), layer.values[:, row, column])
    for edge in (
        (slice(top, top + 1), slice(left, right)),
        (slice(top, bottom), slice(left, left + 1)),
    ):
        changed = pixels.copy()
        changed[edge] = 255 - changed[edge]
        assert (value(changed) != layer.values[:, row, column]).any()
    assert channel < len(layer.values)


def test_changes_are_made_to_a_copy(model, pixels):
    denoiser, path = model
    before = inspect_network(pixels, "", path, 10.0)
    kernel = np.full((3, 3), 0.25, np.float32)
    changes = NetworkChanges(frozenset({("2", 1)}), {("1", 3, 2): kernel})
    report = inspect_network(pixels, "", path, 10.0, changes)
    assert report.layers[1].kernel.weight[3, 2] == pytest.approx(kernel)
    changed = [
        not np.array_equal(a, b)
        for a, b in zip(report.layers[1].values, before.layers[1].values, strict=True)
    ]
    assert changed == [False, False, False, True]
    # Layer "2" is the sum at the end of the first residual.
    assert report.layers[5].name == "2"
    assert not report.layers[5].values[1].any()
    assert report.layers[5].values[0].any()
    assert not np.array_equal(report.denoised, before.denoised)
    after = inspect_network(pixels, "", path, 10.0)
    np.testing.assert_array_equal(after.denoised, before.denoised)
    twin = Denoiser.create("photo-unet", {"widths": [4, 6], "blocks": 1})
    twin.network.load_state_dict(denoiser.network.state_dict())
    dict(twin.network.named_parameters())["1.weight"].value[3, 2] = 0.25
    image = torch.tensor(pixels).permute(2, 0, 1)[None] / 255
    alone = inspect_network(pixels, "", path, 10.0, NetworkChanges(kernels=changes.kernels))
    expected = (255 * twin.denoise(image, 10 / 255)).round().clamp(0, 255)[0].permute(1, 2, 0)
    np.testing.assert_allclose(alone.denoised[:22, :30], expected, atol=1)
