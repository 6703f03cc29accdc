"""Optimizers: how parameters move against their gradients, in place and without new memory."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError
from scratch_layers.optimizer import Optimizer, Pairs, checked
from scratch_layers.threads import NUMBER_WORK, threads


class SGD(Optimizer):
    """Stochastic gradient descent, ``value -= lr * direction``.

    The direction is the gradient ``g + weight_decay * value``; with momentum it is
    ``v = momentum * v + (1 - dampening) * g`` (``v = g`` at the first step), and with ``nesterov``
    it is ``g + momentum * v``. All as in ``torch.optim.SGD``.

    Args:
        lr: learning rate, not negative.
        momentum: share of the former direction that is kept, not negative.
        dampening: share of the gradient that does not enter the momentum.
        weight_decay: weight of the penalty ``weight_decay / 2 * value^2``, not negative.
        nesterov: look ahead along the momentum; needs momentum and no dampening.

    Raises:
        ArgumentError: an argument is out of its range.

    Source: Sutskever, Martens, Dahl, Hinton, "On the importance of initialization and momentum in
    deep learning", ICML 2013.
    """

    def __init__(
        self,
        lr: float = 1e-2,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(lr, ("momentum",) if momentum else ())
        self.momentum = checked("momentum", momentum)
        self.dampening = checked("dampening", dampening, lowest=-math.inf)
        self.weight_decay = checked("weight_decay", weight_decay)
        self.nesterov = nesterov
        if nesterov and (momentum == 0 or dampening != 0):
            raise ArgumentError(
                "nesterov needs a momentum above 0 and a dampening of 0, "
                f"got momentum {momentum} and dampening {dampening}."
            )

    def _move(self, value: Tensor, gradient: Tensor, scratch: Tensor, *state: Tensor) -> None:
        direction = scratch.copy_(gradient)
        if self.weight_decay:
            direction.add_(value, alpha=self.weight_decay)
        for velocity in state:
            if self.steps == 1:
                velocity.copy_(direction)
            else:
                velocity.mul_(self.momentum).add_(direction, alpha=1 - self.dampening)
            if self.nesterov:
                direction.add_(velocity, alpha=self.momentum)
            else:
                direction = velocity
        value.add_(direction, alpha=-self.lr)


class Adam(Optimizer):
    """Adam: steps of about ``lr``, scaled by running moments of each gradient ``g``.

    At step ``t``::

        mean     = beta1 * mean     + (1 - beta1) * g
        variance = beta2 * variance + (1 - beta2) * g^2
        value   -= lr * (mean / (1 - beta1^t)) / (sqrt(variance / (1 - beta2^t)) + eps)

    All as in ``torch.optim.Adam``, or with ``decoupled`` as in ``torch.optim.AdamW``.

    Args:
        lr: learning rate, not negative.
        betas: decay of the two running moments, each in [0, 1).
        eps: keeps the division finite, not negative.
        weight_decay: weight of the penalty on large values, not negative.
        decoupled: shrink the values by ``1 - lr * weight_decay`` at each step, instead of adding
            ``weight_decay * value`` to the gradient.

    Raises:
        ArgumentError: an argument is out of its range.

    Source: Kingma, Ba, "Adam: A method for stochastic optimization", ICLR 2015; Loshchilov,
    Hutter, "Decoupled weight decay regularization", ICLR 2019.
    """

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled: bool = False,
    ) -> None:
        super().__init__(lr, ("mean", "variance"))
        for beta in betas:
            if not 0 <= beta < 1:
                raise ArgumentError(f"betas must be at least 0 and below 1, got {betas}.")
        self.betas = betas
        self.eps = checked("eps", eps)
        self.weight_decay = checked("weight_decay", weight_decay)
        self.decoupled = decoupled

    def _move(self, value: Tensor, gradient: Tensor, scratch: Tensor, *state: Tensor) -> None:
        self._move_by_adam(value, gradient, scratch, self.lr, *state)

    def _move_by_adam(
        self, value: Tensor, gradient: Tensor, scratch: Tensor, lr: float, *state: Tensor
    ) -> None:
        mean, variance = state
        beta1, beta2 = self.betas
        if self.weight_decay and self.decoupled:
            value.mul_(1 - lr * self.weight_decay)
        elif self.weight_decay:
            gradient = scratch.copy_(gradient).add_(value, alpha=self.weight_decay)
        mean.lerp_(gradient, 1 - beta1)
        variance.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)

        mean_bias = 1 - beta1**self.steps
        deviation_bias = math.sqrt(1 - beta2**self.steps)
        # Both sides of the fraction times the deviation's bias, which saves a division of tensors.
        deviation = torch.sqrt(variance, out=scratch).add_(self.eps * deviation_bias)
        value.addcdiv_(mean, deviation, value=-lr * deviation_bias / mean_bias)


class AdamW(Adam):
    """:class:`Adam` with decoupled weight decay, as in ``torch.optim.AdamW``.

    Each step first shrinks the values: ``value *= 1 - lr * weight_decay``.

    Args:
        lr, betas, eps: as in :class:`Adam`.
        weight_decay: see above, not negative.

    Raises:
        ArgumentError: an argument is out of its range.

    Source: Loshchilov, Hutter, "Decoupled weight decay regularization", ICLR 2019.
    """

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(lr, betas, eps, weight_decay, decoupled=True)


def clip_gradient_norm(pairs: Pairs, max_norm: float) -> float:
    """Scale all gradients down together, in place, so that their joint norm is ``max_norm``.

    Args:
        pairs: ``[(value, gradient), ...]``.
        max_norm: largest allowed Euclidean norm of all gradients taken as one vector, positive.

    Returns:
        The norm before scaling. Where it is not finite nothing is scaled.

    Raises:
        ArgumentError: ``max_norm`` is not a positive finite number.

    Source: Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks",
    ICML 2013.
    """
    if not 0 < max_norm < math.inf:
        raise ArgumentError(f"max_norm must be a positive finite number, got {max_norm}.")
    if not pairs:
        return 0.0
    with threads.share(NUMBER_WORK * sum(gradient.numel() for _, gradient in pairs)):
        norm = float(torch.stack([gradient.norm() for _, gradient in pairs]).norm())
        # The margin keeps rounding from leaving the norm above the limit; torch uses the same one.
        scale = max_norm / (norm + 1e-6)
        if math.isfinite(norm) and scale < 1:
            for _, gradient in pairs:
                gradient.mul_(scale)
    return norm
