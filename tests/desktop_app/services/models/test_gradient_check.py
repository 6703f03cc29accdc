"""The gradient check must find every kind of mistake, and find none where there is none."""

from __future__ import annotations

import pytest
import torch

from desktop_app.services.models import model_store
from desktop_app.services.models.backward import check_gradients, check_layers
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
from scratch_layers.module import Module

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
