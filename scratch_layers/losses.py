"""Loss functions: how far a prediction lies from its target, and which way leads closer."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor

from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.module import Module
from scratch_layers.threads import NUMBER_WORK, threads


class Loss(Module, ABC):
    """How far a prediction lies from its target: a module of two inputs.

    Nothing comes after a loss, so its ``backward`` takes no gradient; it returns that of the
    prediction. In training mode ``forward`` pushes what ``backward`` will need and ``backward``
    pops it, so a loss may run forward several times before its backwards run in reverse order.
    """

    @abstractmethod
    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:  # type: ignore[override]
        """Return the loss as a tensor without dimensions.

        Args:
            prediction: what a network put out.
            target: what it should have been; which shape, each kind of loss says.
        """

    @abstractmethod
    def backward(self) -> Tensor:  # type: ignore[override]
        """Return the gradient of the latest open ``forward`` with respect to its prediction.

        Raises:
            StateError: there is no forward pass in training mode left to go back through.
        """

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:  # type: ignore[override]
        return self.forward(prediction, target)


class DifferenceLoss(Loss):
    """Mean over all elements of a function of ``difference = prediction - target``.

    Shapes, dtypes and devices of prediction and target must be the same: nothing is broadcast.
    """

    @abstractmethod
    def _value(self, difference: Tensor) -> Tensor:
        """The loss of each element."""

    @abstractmethod
    def _derivative(self, difference: Tensor) -> Tensor:
        """The derivative of :meth:`_value` at each element."""

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:  # type: ignore[override]
        """Return the loss as a tensor without dimensions.

        Raises:
            ShapeError: prediction and target differ in shape, dtype or device, or are not
                floating-point tensors.
        """
        self._check(prediction, target)
        with threads.share(NUMBER_WORK * prediction.numel()):
            difference = prediction - target
            self._save(difference)
            return self._value(difference).mean()

    def backward(self) -> Tensor:  # type: ignore[override]
        """Return the gradient of the latest open ``forward`` with respect to its prediction.

        Raises:
            StateError: there is no forward pass in training mode left to go back through.
        """
        (difference,) = self._restore()
        with threads.share(NUMBER_WORK * difference.numel()):
            return self._derivative(difference).div_(difference.numel())

    def _check(self, prediction: Tensor, target: Tensor) -> None:
        name = type(self).__name__
        if prediction.shape != target.shape:
            raise ShapeError(
                f"{name} needs a prediction and a target of the same shape, "
                f"got {tuple(prediction.shape)} and {tuple(target.shape)}."
            )
        if prediction.dtype != target.dtype or not prediction.is_floating_point():
            raise ShapeError(
                f"{name} needs a prediction and a target of the same floating-point dtype, "
                f"got {prediction.dtype} and {target.dtype}."
            )
        if prediction.device != target.device:
            raise ShapeError(
                f"{name} needs a prediction and a target on the same device, "
                f"got {prediction.device} and {target.device}."
            )


class MSE(DifferenceLoss):
    """Mean squared error, ``mean((prediction - target)^2)``."""

    def _value(self, difference: Tensor) -> Tensor:
        return difference.square()

    def _derivative(self, difference: Tensor) -> Tensor:
        return difference * 2


class L1(DifferenceLoss):
    """Mean absolute error, ``mean(|prediction - target|)``; the derivative at zero is 0."""

    def _value(self, difference: Tensor) -> Tensor:
        return difference.abs()

    def _derivative(self, difference: Tensor) -> Tensor:
        return difference.sign()


class Charbonnier(DifferenceLoss):
    """A smooth L1, ``mean(sqrt((prediction - target)^2 + epsilon^2))``.

    Args:
        epsilon: differences well below it are treated like MSE, those well above it like L1; in
            the units of the prediction, positive.

    Raises:
        ArgumentError: epsilon is not a positive finite number.

    Source: Charbonnier, Blanc-Feraud, Aubert, Barlaud, "Two deterministic half-quadratic
    regularization algorithms for computed imaging", ICIP 1994.
    """

    def __init__(self, epsilon: float = 1e-3) -> None:
        super().__init__()
        if not 0 < epsilon < float("inf"):
            raise ArgumentError(f"epsilon must be a positive finite number, got {epsilon}.")
        self.epsilon = epsilon

    def _value(self, difference: Tensor) -> Tensor:
        return difference.square().add_(self.epsilon**2).sqrt_()

    def _derivative(self, difference: Tensor) -> Tensor:
        return difference / self._value(difference)


class SmoothL1(DifferenceLoss):
    r"""Squares near zero, absolute values beyond: the mean of

    .. math:: \begin{cases} d^2 / 2 \beta & |d| < \beta \\ |d| - \beta / 2 & \text{else} \end{cases}

    As in ``torch.nn.SmoothL1Loss``; with ``beta`` 0 it is :class:`L1`.

    Args:
        beta: where the two meet, in the units of the prediction, not negative.

    Raises:
        ArgumentError: beta is negative or not finite.

    Source: Girshick, "Fast R-CNN" (ICCV 2015); Huber, "Robust estimation of a location parameter"
    (1964).
    """

    def __init__(self, beta: float = 1.0) -> None:
        super().__init__()
        if not 0 <= beta < float("inf"):
            raise ArgumentError(f"beta must be finite and at least 0, got {beta}.")
        self.beta = beta

    def _value(self, difference: Tensor) -> Tensor:
        size = difference.abs()
        square = size.square() / (2 * self.beta or 1)
        return square.where(size < self.beta, size - self.beta / 2)

    def _derivative(self, difference: Tensor) -> Tensor:
        slope = difference / (self.beta or 1)
        return slope.where(difference.abs() < self.beta, difference.sign())
