"""The gradient check finds every mistake that people make, and none where there is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from scratch_layers import (
    MSE,
    BatchNorm2d,
    Conv2d,
    LeakyReLU,
    Linear,
    MaxPool2d,
    Module,
    Parameter,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Softmax,
    Upsampling,
    check_gradients,
)
from scratch_layers.errors import CancelledError, ShapeError
from scratch_layers.functional.geometry import Geometry
from scratch_layers.functional.plain import convolution as plain
from scratch_layers.interruption import interruptible
from tests.scratch_layers.torch_twins import random_tensor

IMAGE = (2, 3, 6, 5)


class Scale(Module):
    """x times a learned factor; what the mistakes below are made in."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = Parameter(torch.full((3, 1, 1), 1.5))

    def forward(self, input: Tensor) -> Tensor:
        self._save(input)
        return input * self.factor.value

    def backward(self, gradient: Tensor) -> Tensor:
        (input,) = self._restore()
        self.factor.gradient.add_((gradient * input).sum((0, 2, 3)).view(3, 1, 1))
        return gradient * self.factor.value


class WrongSign(Scale):
    def backward(self, gradient: Tensor) -> Tensor:
        return -super().backward(gradient)


class MissingFactor(Scale):
    def backward(self, gradient: Tensor) -> Tensor:
        super().backward(gradient)
        return gradient


class OffByAThousandth(Scale):
    def backward(self, gradient: Tensor) -> Tensor:
        return super().backward(gradient) * 1.001


class ForgottenAccumulation(Scale):
    def backward(self, gradient: Tensor) -> Tensor:
        self.factor.gradient.zero_()
        return super().backward(gradient)


class ForgottenParameter(Scale):
    def backward(self, gradient: Tensor) -> Tensor:
        self._restore()
        return gradient * self.factor.value


class MeanForSum(Scale):
    def backward(self, gradient: Tensor) -> Tensor:
        before = self.factor.gradient.clone()
        result = super().backward(gradient)
        self.factor.gradient.sub_(before).div_(len(gradient)).add_(before)
        return result


class FirstInFirstOut(Scale):
    def __init__(self) -> None:
        super().__init__()
        self.inputs: list[Tensor] = []

    def forward(self, input: Tensor) -> Tensor:
        self.inputs.append(input)
        return input.square() * self.factor.value

    def backward(self, gradient: Tensor) -> Tensor:
        input = self.inputs.pop(0)
        self.factor.gradient.add_((gradient * input.square()).sum((0, 2, 3)).view(3, 1, 1))
        return gradient * 2 * input * self.factor.value

    def forget(self) -> None:
        self.inputs.clear()


class ChangesItsInput(Scale):
    def forward(self, input: Tensor) -> Tensor:
        self._save(input.clone())
        return input.mul_(self.factor.value)


class ChangesItsGradient(Scale):
    def backward(self, gradient: Tensor) -> Tensor:
        result = super().backward(gradient)
        return gradient.copy_(result)


class SlopeFromOutput(LeakyReLU):
    def backward(self, gradient: Tensor) -> Tensor:
        (input,) = self._restore()
        return gradient.where(input > 0.5, gradient * self.negative_slope)


class ReLUOfGradient(ReLU):
    def backward(self, gradient: Tensor) -> Tensor:
        self._restore()
        return gradient.clamp(min=0)


class SigmoidOfInput(Sigmoid):
    def backward(self, gradient: Tensor) -> Tensor:
        (output,) = self._restore()
        return gradient * output


class SoftmaxWithoutCoupling(Softmax):
    def backward(self, gradient: Tensor) -> Tensor:
        (output,) = self._restore()
        return gradient * output * (1 - output)


class TransposedKernel(Conv2d):
    def backward(self, gradient: Tensor) -> Tensor:
        before = self.weight.gradient.clone()
        result = super().backward(gradient)
        new = self.weight.gradient - before
        self.weight.gradient.copy_(before + new.transpose(2, 3))
        return result


class UnflippedKernel(Conv2d):
    """The gradient of the input is a convolution with the kernel turned round."""

    def backward(self, gradient: Tensor) -> Tensor:
        kernel = self.weight.value
        self.weight.value = kernel.flip(2, 3)
        result = super().backward(gradient)
        self.weight.value = kernel
        return result


class PaddingOffByOne(Conv2d):
    def backward(self, gradient: Tensor) -> Tensor:
        return super().backward(gradient).roll(1, 2)


class UncroppedPadding(Conv2d):
    """The report's printed formula crops the image, not the padded one."""

    def backward(self, gradient: Tensor) -> Tensor:
        result = super().backward(gradient)
        result[:, :, -1] = 0
        return result


class BiasOfOneImage(Conv2d):
    def backward(self, gradient: Tensor) -> Tensor:
        before = self.bias.gradient.clone()
        result = super().backward(gradient)
        self.bias.gradient.copy_(before + gradient[0].sum((1, 2)))
        return result


class ForgottenStride(Conv2d):
    """The weight's gradient as if the kernel had moved by one pixel at a time."""

    def backward(self, gradient: Tensor) -> Tensor:
        image, geometry, _ = self._restore()
        self.bias.gradient.add_(gradient.sum((0, 2, 3)))
        dense = Geometry(
            geometry.input_size, geometry.output_size, geometry.kernel, (1, 1), (1, 1), (1, 1)
        )
        wrong = plain.weight_gradient(image, gradient, dense)
        self.weight.gradient.add_(wrong)
        return plain.input_gradient(gradient, self.weight.value, geometry)


class EveryTiedMaximum(MaxPool2d):
    """The gradient to every pixel of the window instead of the largest one."""

    def backward(self, gradient: Tensor) -> Tensor:
        self._restore()
        return gradient.repeat_interleave(2, 2).repeat_interleave(2, 3) / 4


class BatchStatisticsAsConstants(BatchNorm2d):
    def backward(self, gradient: Tensor) -> Tensor:
        normalised, scale = self._restore()
        return self._apply_backward(gradient, normalised) * scale


class MissingSkip(Residual):
    def backward(self, gradient: Tensor) -> Tensor:
        return self.body.backward(gradient)


class SummedCopiesForgotten(Upsampling):
    def backward(self, gradient: Tensor) -> Tensor:
        return super().backward(gradient) / 4


class TransposedLinear(Linear):
    def backward(self, gradient: Tensor) -> Tensor:
        input, _ = self._restore()
        rows = gradient.reshape(-1, self.out_features)
        self.weight.gradient.add_((rows.t() @ input.reshape(-1, self.in_features)).t())
        self.bias.gradient.add_(rows.sum(0))
        return gradient @ self.weight.value.t()


class HalfMSE(MSE):
    def _derivative(self, difference: Tensor) -> Tensor:
        return difference


MISTAKES: dict[str, tuple[Callable[[], Module], set[str]]] = {
    "sign": (WrongSign, {"input"}),
    "missing factor": (MissingFactor, {"input"}),
    "a thousandth too much": (OffByAThousandth, {"input"}),
    "forgotten accumulation": (ForgottenAccumulation, {"factor"}),
    "forgotten parameter": (ForgottenParameter, {"factor"}),
    "mean instead of sum": (MeanForSum, {"factor"}),
    "first in, first out": (FirstInFirstOut, {"input"}),
    "input changed": (ChangesItsInput, {"input"}),
    "gradient changed": (ChangesItsGradient, {"gradient"}),
    "slope switched at the wrong place": (SlopeFromOutput, {"input"}),
    "the gradient rectified": (ReLUOfGradient, {"input"}),
    "half a derivative": (SigmoidOfInput, {"input"}),
    "softmax without coupling": (lambda: SoftmaxWithoutCoupling(1), {"input"}),
    "transposed kernel": (lambda: TransposedKernel(3, 4, 3, padding=1), {"weight"}),
    "kernel not turned round": (lambda: UnflippedKernel(3, 4, 3, padding=1), {"input"}),
    "padding off by one": (lambda: PaddingOffByOne(3, 4, 3, padding=1), {"input"}),
    "padding not cropped": (lambda: UncroppedPadding(3, 4, 3, padding=1), {"input"}),
    "bias of one image": (lambda: BiasOfOneImage(3, 4, 3, padding=1), {"bias"}),
    "forgotten stride": (lambda: ForgottenStride(3, 4, 3, stride=2, padding=1), {"weight"}),
    "maximum shared": (lambda: EveryTiedMaximum((2, 1), (2, 1)), {"input"}),
    "statistics as constants": (lambda: BatchStatisticsAsConstants(3), {"input"}),
    "missing skip": (lambda: MissingSkip(Conv2d(3, 3, 3, padding=1)), {"input"}),
    "copies not summed": (lambda: SummedCopiesForgotten(3, 2, 3, stride=2), {"input"}),
    "transposed weight": (lambda: TransposedLinear(5, 5), {"input", "weight"}),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_found_where_it_is(name: str) -> None:
    make, subjects = MISTAKES[name]
    torch.manual_seed(1)
    report = check_gradients(make(), random_tensor(*IMAGE))
    assert not report.passed
    assert {found.subject for found in report.wrong} == subjects, str(report)
    for subject in subjects:
        assert f"wrong  {subject}" in str(report)


def test_a_mistake_inside_a_network_is_named() -> None:
    torch.manual_seed(1)
    network = Sequential(Conv2d(3, 3, 1), Residual(Sequential(ForgottenParameter(), Sigmoid())))
    report = check_gradients(network, random_tensor(*IMAGE))
    assert {found.subject for found in report.wrong} == {"1.body.0.factor"}
    assert str(report).startswith("The gradients of Sequential are wrong in ")


def test_a_wrong_loss_is_found_and_a_right_one_is_not() -> None:
    prediction, target = random_tensor(2, 3), random_tensor(2, 3, seed=1)
    assert check_gradients(MSE(), prediction, target).passed
    assert not check_gradients(HalfMSE(), prediction, target).passed


def test_the_module_is_not_changed() -> None:
    layer = BatchNorm2d(3).eval()
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    report = check_gradients(layer, torch.rand(IMAGE))
    assert report.passed
    assert "are right." in str(report)
    assert not layer.training
    for name, value in layer.state_dict().items():
        assert value.dtype == before[name].dtype
        assert torch.equal(value, before[name])
    assert not any(gradient.any() for _, gradient in layer.param())


def test_integers_have_no_slopes() -> None:
    with pytest.raises(ShapeError, match=r"torch\.int64"):
        check_gradients(Scale(), torch.ones(IMAGE, dtype=torch.int64))


def test_a_check_can_be_stopped() -> None:
    with interruptible(lambda: True), pytest.raises(CancelledError):
        check_gradients(Scale(), random_tensor(*IMAGE))
