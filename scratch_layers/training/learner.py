"""The weights of a run and the one place where they change."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor

from scratch_layers.data.batches import Batch
from scratch_layers.data.seeding import derived_seed
from scratch_layers.errors import ScratchError, WeightsError
from scratch_layers.functional.fast.rounding import rounded_products
from scratch_layers.models.denoiser import Denoiser
from scratch_layers.models.networks import widened_weights
from scratch_layers.module import Module
from scratch_layers.muon import Muon
from scratch_layers.optim import SGD, Adam, AdamW, clip_gradient_norm
from scratch_layers.optimizer import Optimizer
from scratch_layers.stateful import copy_state
from scratch_layers.threads import threads
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.events import LayersMeasured
from scratch_layers.training.objective import Restorer, make_objective
from scratch_layers.training.workers import Workers

_GROUPS = ("network", "average", "optimizer")
_BINS = 41


class NonFiniteError(ScratchError):
    """A loss or gradient is infinite or not a number; the step was not applied."""


class Learner:
    """A denoiser in training: its network, optimizer and averaged weights.

    Args:
        config: names the network and the recipe; initial weights depend on its seed only.
        device: where the weights live.
    """

    def __init__(self, config: TrainingConfig, device: torch.device) -> None:
        self.denoiser = _new_denoiser(config).to(device)
        self.restorer = Restorer(self.denoiser)
        self.average = WeightAverage(self.denoiser.network, config.average_decay)
        self._network = self.denoiser.network.train()
        self._device = device
        self._optimizer = _new_optimizer(config)
        self._objective = make_objective(config.objective, self.restorer, config.loss)
        self._clip_norm = config.clip_norm
        self._clipped_to = 1.0
        self._rounds = config.precision == "bfloat16"

    @property
    def parameter_count(self) -> int:
        """Number of values that are learned."""
        return sum(value.numel() for value, _ in self._network.param())

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Replace the initial weights.

        Args:
            weights: of this network, or of one with fewer channels, which is widened.

        Raises:
            WeightsError: they belong to another network.
        """
        weights = widened_weights(weights, self._network.state_dict())
        self._network.load_state_dict(weights)
        self.average.load_state_dict(weights)

    def step(
        self, number: int, batch: Batch, learning_rate: float, part_done: float, workers: Workers
    ) -> float:
        """Apply one optimizer step and return the batch's loss.

        Args:
            number: of the step, from 0.
            batch: this process's share of what to learn from.
            learning_rate: of the step.
            part_done: how much of the run is done, 0-1.
            workers: the processes that take part; all apply the mean of their gradients.

        Raises:
            NonFiniteError: the loss or a gradient is not finite; nothing was changed.
        """
        # Nothing here is autograd's; without its bookkeeping every operation starts sooner.
        with torch.inference_mode(), threads.share(), rounded_products(self._rounds):
            return self._step(number, batch, learning_rate, part_done, workers)

    def _step(
        self, number: int, batch: Batch, learning_rate: float, part_done: float, workers: Workers
    ) -> float:
        self._network.zero_grad()
        loss = self._objective.accumulate(batch.to(self._device), part_done)
        pairs = self._network.param()
        mean_loss = workers.average(loss, [gradient for _, gradient in pairs])
        limit = self._clip_norm or sys.float_info.max
        norm = float(clip_gradient_norm(pairs, limit))
        if not math.isfinite(mean_loss):
            raise NonFiniteError(f"the loss was {mean_loss}")
        if not math.isfinite(norm):
            raise NonFiniteError(f"the norm of the gradient was {norm}")
        self._clipped_to = min(1.0, limit / norm) if norm else 1.0
        self._optimizer.lr = learning_rate
        self._optimizer.step(pairs)
        self.average.update(number)
        return mean_loss

    def measure_layers(self, step: int) -> LayersMeasured:
        """Look at every layer's weights, and at its gradient of the latest :meth:`step`."""
        layers = [named for named in self._network.named_modules() if named[1].own_parameters()]
        measured = [_norm_and_counts(layer, self._clipped_to) for _, layer in layers]
        names = tuple(f"{name} {type(layer).__name__}".strip() for name, layer in layers)
        norms, limits, counts = zip(*measured, strict=True)
        return LayersMeasured(step, names, norms, limits, counts)

    def state_dict(self) -> dict[str, Tensor]:
        """Return every tensor that the next steps depend on, as copies on the CPU."""
        return {
            f"{group}/{name}": value.detach().cpu().clone()
            for group, values in zip(_GROUPS, self._states(), strict=True)
            for name, value in values.items()
        }

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take back what :meth:`state_dict` returned.

        Raises:
            WeightsError: the tensors belong to another network or optimizer.
        """
        network, average, optimizer = (_group(state, group) for group in _GROUPS)
        if set(average) != set(network):
            raise WeightsError("The checkpoint's averaged weights do not belong to its network.")
        self._network.load_state_dict(network)
        self.average.load_state_dict(average)
        self._optimizer.load_state_dict(optimizer)

    def is_finite(self) -> bool:
        """Return whether all weights, averages and moments are finite."""
        return all(
            bool(value.isfinite().all()) for state in self._states() for value in state.values()
        )

    def _states(self) -> tuple[Mapping[str, Tensor], ...]:
        """The tensors of each of the groups that a checkpoint has."""
        return (
            self._network.state_dict(),
            self.average.state_dict(),
            self._optimizer.state_dict(),
        )


def _norm_and_counts(layer: Module, clipped_to: float) -> tuple[float, float, tuple[int, ...]]:
    """Return the gradient's norm before clipping, the largest weight, and the histogram."""
    parameters = layer.own_parameters()
    gradients = torch.stack([parameter.gradient.norm() for parameter in parameters])
    weights = torch.cat([parameter.value.flatten() for parameter in parameters]).nan_to_num()
    limit = float(weights.abs().max())
    places = (weights / (limit or 1.0) + 1).mul_(_BINS / 2).long().clamp_(0, _BINS - 1)
    counts = tuple(places.bincount(minlength=_BINS).tolist())
    return float(gradients.norm()) / clipped_to, limit, counts


def _group(state: Mapping[str, Tensor], group: str) -> dict[str, Tensor]:
    prefix = group + "/"
    return {name[len(prefix) :]: value for name, value in state.items() if name.startswith(prefix)}


def _new_denoiser(config: TrainingConfig) -> Denoiser:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derived_seed(config.seed, "initial weights"))
        return Denoiser.create(config.architecture, config.configuration)


def _new_optimizer(config: TrainingConfig) -> Optimizer:
    if config.optimizer == "sgd":
        return SGD(
            lr=config.learning_rate, momentum=config.momentum, weight_decay=config.weight_decay
        )
    if config.optimizer == "muon":
        return Muon(lr=config.learning_rate, weight_decay=config.weight_decay)
    kind = AdamW if config.optimizer == "adamw" else Adam
    return kind(lr=config.learning_rate, weight_decay=config.weight_decay)


class WeightAverage:
    """Follows a network's weights: ``average <- d average + (1 - d) weights``.

    ``d`` is the smaller of ``decay`` and ``(1 + step) / (10 + step)``, so that early steps are
    forgotten quickly. With ``decay`` 0 the average is the network itself.

    Source: Polyak & Juditsky, 1992; the ramp is that of Tan & Le, "EfficientNet", 2019.
    """

    def __init__(self, network: Module, decay: float) -> None:
        self._network = network
        self._decay = decay
        self._values = {name: value.clone() for name, value in network.state_dict().items()}

    def update(self, step: int) -> None:
        """Take in the network's weights after optimizer step number ``step``, from 0."""
        decay = min(self._decay, (1 + step) / (10 + step)) if self._decay else 0.0
        for name, value in self._network.state_dict().items():
            held = self._values[name]
            held.lerp_(value, 1 - decay) if held.is_floating_point() else held.copy_(value)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the averaged weights (not copies)."""
        return self._values

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Copy averaged weights in.

        Raises:
            WeightsError: they do not fit; nothing is changed.
        """
        copy_state(self._values, state, "the averaged weights")

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let the network compute with the averaged weights, in evaluation mode, inside a block.

        Afterwards it has its own weights and its own mode again.
        """
        own = {name: value.clone() for name, value in self._network.state_dict().items()}
        self._network.load_state_dict(self._values)
        try:
            with self._network.evaluation():
                yield
        finally:
            self._network.load_state_dict(own)
