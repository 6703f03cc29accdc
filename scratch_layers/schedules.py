"""Learning-rate schedules: the rate of every optimizer step, counted from 0."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, WeightsError


class Schedule(ABC):
    """Gives the learning rate of each step."""

    @abstractmethod
    def rate(self, step: int) -> float:
        """Return the learning rate of optimizer step ``step``; the first step is number 0."""


@dataclass(frozen=True)
class Constant(Schedule):
    """The same ``value`` at every step."""

    value: float

    def __post_init__(self) -> None:
        _check_not_negative("value", self.value)

    def rate(self, step: int) -> float:
        """Return the constant rate."""
        return self.value


@dataclass(frozen=True)
class StepDecay(Schedule):
    """Multiply the rate by ``factor`` after every ``interval`` steps.

    ``rate(t) = initial * factor^(t // interval)``, as in ``torch.optim.lr_scheduler.StepLR``.
    """

    initial: float
    interval: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        _check_not_negative("initial", self.initial)
        _check_not_negative("factor", self.factor)
        if self.interval < 1:
            raise ArgumentError(f"interval must be at least 1 step, got {self.interval}.")

    def rate(self, step: int) -> float:
        """Return the rate after all decays up to ``step``."""
        return float(self.initial * self.factor ** (step // self.interval))


@dataclass(frozen=True)
class _Warmup(Schedule):
    """A linear rise to ``peak``, then a descent that reaches ``final`` at step ``total_steps``."""

    peak: float
    total_steps: int
    warmup_steps: int = 0
    final: float = 0.0

    def __post_init__(self) -> None:
        _check_not_negative("peak", self.peak)
        _check_not_negative("final", self.final)
        if not 0 <= self.warmup_steps < self.total_steps:
            raise ArgumentError(
                "warmup_steps must be at least 0 and below total_steps, "
                f"got {self.warmup_steps} of {self.total_steps}."
            )

    def rate(self, step: int) -> float:
        """Return the rate at ``step``; from ``total_steps`` on it stays at ``final``."""
        if step < self.warmup_steps:
            return self.peak * (step + 1) / self.warmup_steps
        progress = (step - self.warmup_steps) / (self.total_steps - self.warmup_steps)
        return self.final + (self.peak - self.final) * self._height(min(progress, 1.0))

    @abstractmethod
    def _height(self, progress: float) -> float:
        """The height left of the descent, from 1 to 0, as its progress goes from 0 to 1."""


@dataclass(frozen=True)
class WarmupCosine(_Warmup):
    """A linear rise to ``peak`` over ``warmup_steps``, then half a cosine wave down to ``final``.

    With ``p`` the share of the descent that is done,
    ``rate = final + (peak - final) * (1 + cos(pi * p)) / 2``.

    Source: Loshchilov, Hutter, "SGDR: Stochastic gradient descent with warm restarts", ICLR 2017;
    without the restarts.
    """

    def _height(self, progress: float) -> float:
        return (1 + math.cos(math.pi * progress)) / 2


@dataclass(frozen=True)
class WarmupLinear(_Warmup):
    """A linear rise to ``peak`` over ``warmup_steps``, then a straight line down to ``final``."""

    def _height(self, progress: float) -> float:
        return 1 - progress


class Plateau(Schedule):
    """Multiply the rate by ``factor`` whenever an observed metric has stopped getting better.

    All as in ``torch.optim.lr_scheduler.ReduceLROnPlateau`` with a relative threshold.

    Args:
        initial: the first rate.
        factor: what the rate is multiplied by, in (0, 1).
        patience: how many observations in a row may bring nothing better.
        threshold: relative change from the best metric so far that counts as better.
        cooldown: how many observations after a reduction do not count.
        lowest: the rate never falls below it.
        higher_is_better: true for PSNR, false for a loss.

    Raises:
        ArgumentError: an argument is out of its range.
    """

    def __init__(
        self,
        initial: float,
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        cooldown: int = 0,
        lowest: float = 0.0,
        higher_is_better: bool = False,
    ) -> None:
        for name, value in (
            ("initial", initial),
            ("patience", patience),
            ("threshold", threshold),
            ("cooldown", cooldown),
            ("lowest", lowest),
        ):
            _check_not_negative(name, value)
        if not 0 < factor < 1:
            raise ArgumentError(f"factor must lie between 0 and 1, got {factor}.")
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.cooldown = cooldown
        self.lowest = lowest
        self.higher_is_better = higher_is_better
        self._rate = initial
        self._best: float | None = None
        self._observations_without_gain = 0
        self._cooldown_left = 0

    def rate(self, step: int) -> float:
        """Return the rate that the observations so far have led to."""
        return self._rate

    def observe(self, metric: float) -> None:
        """Take a new value of the metric into account; NaN counts as no gain."""
        if self._is_better(metric):
            self._best = metric
            self._observations_without_gain = 0
        else:
            self._observations_without_gain += 1
        if self._cooldown_left > 0:
            self._cooldown_left -= 1
            self._observations_without_gain = 0
        if self._observations_without_gain > self.patience:
            self._rate = max(self._rate * self.factor, self.lowest)
            self._cooldown_left = self.cooldown
            self._observations_without_gain = 0

    def _is_better(self, metric: float) -> bool:
        if self._best is None:
            return not math.isnan(metric)
        if self.higher_is_better:
            return metric > self._best * (1 + self.threshold)
        return metric < self._best * (1 - self.threshold)

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that a later run needs to go on; ``best`` is absent before any observation."""
        state = {
            "rate": torch.tensor(self._rate, dtype=torch.float64),
            "observations_without_gain": torch.tensor(self._observations_without_gain),
            "cooldown_left": torch.tensor(self._cooldown_left),
        }
        if self._best is not None:
            state["best"] = torch.tensor(self._best, dtype=torch.float64)
        return state

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take over what :meth:`state_dict` returned.

        Raises:
            WeightsError: an entry is missing or unknown; nothing is changed.
        """
        expected = {"rate", "observations_without_gain", "cooldown_left"}
        if state.keys() - {"best"} != expected:
            raise WeightsError(
                "This is not the state of Plateau: it needs the entries "
                f"{', '.join(sorted(expected))}, got {', '.join(sorted(state)) or 'none'}."
            )
        self._rate = float(state["rate"])
        self._observations_without_gain = int(state["observations_without_gain"])
        self._cooldown_left = int(state["cooldown_left"])
        self._best = float(state["best"]) if "best" in state else None


def _check_not_negative(name: str, value: float) -> None:
    if not 0 <= value < math.inf:
        raise ArgumentError(f"{name} must be finite and at least 0, got {value}.")
