"""The gradient on its way back must be the derivative, and its check must see every mistake."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from desktop_app.services.models import model_store
from desktop_app.services.models.backward import check_gradients, check_layers, gradient_flow
from desktop_app.services.models.inspection import as_image, padded_image
from desktop_app.services.models.worked_example import (
    CONVOLUTION,
    OUTPUT,
    UPSAMPLING,
    worked_example,
)
from scratch_layers.errors import ArgumentTypeError
from scratch_layers.layers import (
    Conv2d,
    LeakyReLU,
    NNUpsampling,
    PixelShuffle,
    PixelUnshuffle,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Upsampling,
)
from scratch_layers.models import Denoiser, ModelCard, save_model
from scratch_layers.module import Module


def norms_by_autograd(denoiser, pixels, place):
    """Differentiate the layers' definitions, and return the norm at every layer's output."""
    image, sigma = as_image(pixels, 10.0)
    given = denoiser.network_input(padded_image(denoiser, image), sigma)
    outputs = [given.requires_grad_()]
    for step in denoiser.network.eval().trace(given.detach()):
        if step.skipped is None:
            output = step.module.definition(outputs[-1])
        else:
            output = outputs[-1] + outputs[len(outputs) - 1 - step.skipped]
        output.retain_grad()
        outputs.append(output)
    outputs[-1][0][place].backward()
    return [float(output.grad.norm()) for output in outputs[1:]], given.grad[0, :3]


def test_every_layer_gets_its_gradient(tmp_path):
    torch.manual_seed(3)
    denoiser = Denoiser.create("photo-unet", {"widths": [4, 6], "blocks": 1})
    save_model(tmp_path, denoiser, ModelCard(name="small", title="Small"))
    pixels = np.random.default_rng(1).integers(0, 256, (22, 30, 3), dtype=np.uint8)
    flow = gradient_flow(pixels, str(tmp_path / "small.safetensors"), 10.0, (1, 12, 15))
    norms, photo = norms_by_autograd(denoiser, pixels, (1, 12, 15))
    assert [layer.norm for layer in flow.layers] == pytest.approx(norms, rel=1e-4)
    last = flow.layers[-1]
    assert (last.norm, last.touched) == (1, 1)
    place = 12 - last.corner[0], 15 - last.corner[1]
    assert last.maps[1][place] == 255
    assert np.count_nonzero(last.maps != 128) == 1
    brightest = np.unravel_index(int(photo.abs().argmax()), photo.shape)
    assert flow.photo[brightest[1], brightest[2], brightest[0]] in (0, 255)


@pytest.mark.parametrize("layer", [CONVOLUTION, UPSAMPLING])
@pytest.mark.parametrize("what", [OUTPUT, "Input gradient", "Weight gradient"])
def test_the_worked_sums_make_the_matrix_of_the_library(layer, what):
    sums = worked_example(layer, what)
    made = np.zeros_like(sums.result)
    for cell, left, right in sums.terms:
        made[cell] += sums.left[left] * sums.right[right]
    np.testing.assert_array_equal(made, sums.result)
    last = sums.terms[-1][0]
    count = sum(term[0] == last for term in sums.terms)
    assert sums.partial(len(sums.terms)) == (sums.result[last], count)
    assert sums.terms[sums.first_term(last)][0] == last


LAYERS = {
    "conv": lambda: Conv2d(4, 6, 3, padding=1),
    "strided": lambda: Conv2d(4, 6, 3, stride=2, padding=1, dilation=2),
    "oblong": lambda: Conv2d(4, 2, (2, 3), stride=(1, 2), padding=(0, 1), bias=False),
    "groups": lambda: Conv2d(4, 6, 3, groups=2),
    "upsampling": lambda: Upsampling(4, 2, 3, padding=1, transposeconvargs=False, scale_factor=2),
    "transposed": lambda: Upsampling(4, 2, 4, stride=2, padding=1),
    "transposed, cropped": lambda: Upsampling(4, 2, 2, stride=3, padding=1, output_padding=1),
    "nearest": lambda: NNUpsampling(2),
    "relu": ReLU,
    "leaky": lambda: LeakyReLU(0.2),
    "sigmoid": Sigmoid,
    "shuffle": lambda: PixelShuffle(2),
    "unshuffle": lambda: PixelUnshuffle(2),
    "residual": lambda: Residual(Sequential(Conv2d(4, 4, 3, padding=1), ReLU())),
}


@pytest.mark.parametrize("name", LAYERS)
def test_right_gradients_pass(name):
    torch.manual_seed(1)
    layer = LAYERS[name]()
    before = {key: value.clone() for key, value in layer.state_dict().items()}
    check = check_gradients(layer, name, 4)
    assert check.passed, check
    assert [error.variable for error in check.errors] == ["input", *before]
    for key, value in layer.state_dict().items():
        assert value.equal(before[key])
        assert value.dtype == torch.float32


class WrongSlope(LeakyReLU):
    def backward(self, gradient):
        return super().backward(gradient) * 1.001


class WrongBias(Conv2d):
    def backward(self, gradient):
        result = super().backward(gradient)
        self.bias.gradient.mul_(0.5)
        return result


class WrongPlace(Conv2d):
    def backward(self, gradient):
        return super().backward(gradient).roll(1, 3)


@pytest.mark.parametrize(
    ("layer", "variable"),
    [
        (WrongSlope(), "input"),
        (WrongBias(4, 4, 3), "bias"),
        (WrongPlace(4, 4, 3), "input"),
    ],
)
def test_wrong_gradients_are_found_where_they_are(layer, variable):
    check = check_gradients(layer, "wrong", 4)
    assert not check.passed
    for error in check.errors:
        wrong = error.variable == variable
        assert (error.finite_differences > 1e-4) == wrong, error
        assert (error.autograd > 1e-4) == wrong, error


def test_an_unknown_layer_is_refused():
    class Unknown(Module):
        def forward(self, input):
            return input

        def backward(self, gradient):
            return gradient

    with pytest.raises(ArgumentTypeError, match="Unknown"):
        check_gradients(Unknown(), "unknown", 4)


def test_a_step_across_a_kink_is_no_error():
    network = model_store.load("photo", "cpu")[0].network
    residual = dict(dict(network.children())["4"].body.children())["2"]
    assert check_gradients(residual, "4.body.2", 64).passed


@pytest.mark.parametrize("model", ["miniproject", "photo", "raw"])
def test_shipped_models_can_be_checked(model):
    assert next(check_layers(model, lambda: False)).passed
