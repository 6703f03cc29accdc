"""What optimizers share: checks, memory from step to step, and groups of parameters."""

from __future__ import annotations

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ArgumentTypeError, ShapeError, WeightsError
from scratch_layers.stateful import dtype_name
from scratch_layers.threads import NUMBER_WORK, threads

if TYPE_CHECKING:
    from typing_extensions import Self

Pairs = Sequence[tuple[Tensor, Tensor]]
"""What :meth:`Module.param` returns: ``[(value, gradient), ...]``."""
Groups = Sequence[Mapping[str, Any]]
"""Pairs under ``params`` beside settings of their own, as torch's optimizers take them."""


class Optimizer(ABC):
    """Moves parameters one step at a time and remembers what the next step needs.

    What it remembers (momentum and the like) is kept for the first pair, the second pair, and so
    on: every call of :meth:`step` must name the same parameters in the same order. An optimizer
    that remembers nothing, such as plain gradient descent, moves whatever it is given.

    Args:
        lr: learning rate; may be set again at any time, as schedules do.
        state_names: what is remembered for each parameter.

    Raises:
        ArgumentError: an argument is out of its range.
        ArgumentTypeError: the learning rate is not a number.
    """

    def __new__(cls, *arguments: Any, **options: Any) -> Self:
        """Refuse parameters in the place of the learning rate, where torch has them."""
        if arguments and not isinstance(arguments[0], Real):
            raise ArgumentTypeError(
                f"{cls.__name__} takes the learning rate first, not {arguments[0]!r:.60}; "
                f"parameters are given to each step: {cls.__name__}(lr=0.01).step(network.param())."
            )
        return super().__new__(cls)

    def __init__(self, lr: float, state_names: tuple[str, ...] = ()) -> None:
        self.lr = lr
        self.steps = 0
        self._state_names = state_names
        self._state: dict[str, list[Tensor]] = {}
        self._scratch: Tensor | None = None

    @property
    def lr(self) -> float:
        """The learning rate of the next step."""
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        self._lr = checked("lr", lr)

    def step(self, pairs: Pairs | Groups) -> None:
        """Move every value against its gradient, in place; gradients are left as they are.

        Args:
            pairs: ``[(value, gradient), ...]``; or groups of them with settings of their own, such
                as ``[{"params": body.param()}, {"params": head.param(), "lr": 0.1}]``. What a group
                does not say is as the optimizer was made.

        Raises:
            ArgumentError: there are no pairs, or a setting of a group is unknown or out of range.
            ShapeError: the shapes in a pair differ, or the pairs are not those of earlier steps;
                nothing is changed.
        """
        groups = self._groups(pairs)
        all_pairs = [pair for _, members in groups for pair in members]
        with threads.share(NUMBER_WORK * sum(value.numel() for value, _ in all_pairs)):
            self._prepare(all_pairs)
            self.steps += 1
            self._move_all(groups)

    def _move_all(self, groups: list[tuple[Optimizer, Pairs]]) -> None:
        index = 0
        for mover, members in groups:
            mover.steps = self.steps
            for value, gradient in members:
                state = [self._state[name][index] for name in self._state_names]
                mover._move(value, gradient, self._scratch_like(value), *state)
                index += 1

    def _groups(self, pairs: Pairs | Groups) -> list[tuple[Optimizer, Pairs]]:
        """Return groups of pairs, each with an optimizer that has its settings."""
        groups = [group for group in pairs if isinstance(group, Mapping)]
        if not groups:
            return [(self, cast(Pairs, pairs))]
        if len(groups) < len(pairs):
            raise ArgumentError(
                f"{type(self).__name__}.step takes pairs or groups of pairs, not both."
            )
        return [(self._with_settings(group), group["params"]) for group in groups]

    def _with_settings(self, group: Mapping[str, Any]) -> Optimizer:
        """Return an optimizer like this one but for what the group says."""
        kind = type(self)
        known = list(inspect.signature(kind).parameters)
        unknown = [name for name in group if name not in (*known, "params")]
        if unknown or "params" not in group:
            problem = f"no setting {unknown[0]!r}" if unknown else "no group without 'params'"
            raise ArgumentError(
                f"{kind.__name__} has {problem}; a group may have params, {', '.join(known)}."
            )
        settings = {name: group.get(name, getattr(self, name)) for name in known}
        made = kind(**settings)
        if made._state_names != self._state_names:
            raise ArgumentError(
                f"A group of {kind.__name__} cannot have momentum {group.get('momentum')}, because "
                f"the optimizer has momentum {getattr(self, 'momentum', None)}: only both can be 0."
            )
        return made

    def forget(self) -> None:
        """Begin anew, as if no step had been made; the next one may name other parameters."""
        self.steps = 0
        self._state = {}

    @abstractmethod
    def _move(self, value: Tensor, gradient: Tensor, scratch: Tensor, *state: Tensor) -> None:
        """Move one value and its state, given memory of the same shape for passing results."""

    def _prepare(self, pairs: Pairs) -> None:
        """Check the pairs and see that every one has its state and scratch memory."""
        if not pairs:
            raise ArgumentError(f"{type(self).__name__}.step got no parameters to move.")
        for index, (value, gradient) in enumerate(pairs):
            if value.shape != gradient.shape:
                raise ShapeError(
                    f"Parameter {index} has shape {tuple(value.shape)}, "
                    f"but its gradient has shape {tuple(gradient.shape)}."
                )
        values = [value for value, _ in pairs]
        self._state = {name: self._fit(self._state.get(name), values) for name in self._state_names}

    def _scratch_like(self, value: Tensor) -> Tensor:
        """Return memory of the shape of ``value``; every parameter gets the same."""
        held, size = self._scratch, value.numel()
        if (
            held is None
            or held.numel() < size
            or (held.dtype, held.device)
            != (
                value.dtype,
                value.device,
            )
        ):
            with torch.inference_mode(False):
                self._scratch = held = torch.empty(size, dtype=value.dtype, device=value.device)
        return held[:size].view(value.shape)

    def _fit(self, buffers: list[Tensor] | None, values: Sequence[Tensor]) -> list[Tensor]:
        """Return buffers shaped like the values, on their device: zeros where there are none."""
        if buffers is None:
            # Tensors made in inference mode could not be changed outside of it later.
            with torch.inference_mode(False):
                return [torch.zeros_like(value) for value in values]
        if len(buffers) != len(values):
            raise ShapeError(
                f"{type(self).__name__} remembers {len(buffers)} parameters, got {len(values)}."
            )
        for index, (buffer, value) in enumerate(zip(buffers, values, strict=True)):
            if buffer.shape != value.shape:
                raise ShapeError(
                    f"{type(self).__name__} remembers parameter {index} with shape "
                    f"{tuple(buffer.shape)}, got {tuple(value.shape)}."
                )
        return [buffer.to(value) for buffer, value in zip(buffers, values, strict=True)]

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that a later run needs to go on bit for bit; the tensors are not copies.

        The names are ``step``, ``lr`` and, for every parameter, such as ``momentum.0``. Arguments
        other than ``lr`` are not part of it.
        """
        state = {
            "step": torch.tensor(self.steps, dtype=torch.int64),
            "lr": torch.tensor(self.lr, dtype=torch.float64),
        }
        for name, buffers in self._state.items():
            state.update({f"{name}.{index}": buffer for index, buffer in enumerate(buffers)})
        return state

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take over a copy of what :meth:`state_dict` returned.

        Raises:
            WeightsError: entries are missing or unknown, as in the state of another kind of
                optimizer; nothing is changed.
        """
        names = self._state_names
        started = "step" in state and bool(state["step"] > 0)
        count = max(started, (len(state) - 2) // len(names)) if names else 0
        lossy = [f"{k} is {dtype_name(v)}" for k, v in state.items() if v.is_complex()]
        if lossy:
            raise WeightsError(
                f"This is not the state of {type(self).__name__}, which is made of real numbers: "
                f"{', '.join(lossy[:3])}."
            )
        expected = {"step", "lr"} | {f"{name}.{index}" for name in names for index in range(count)}
        if expected != state.keys():
            raise WeightsError(
                f"This is not the state of {type(self).__name__} with these settings: "
                f"missing {_listed(expected - state.keys())}; "
                f"unknown {_listed(state.keys() - expected)}."
            )
        self.lr = float(state["lr"])
        self.steps = int(state["step"])
        self._state = {
            name: [state[f"{name}.{index}"].clone() for index in range(count)]
            for name in (names if count else ())
        }


def checked(name: str, value: float, lowest: float = 0.0) -> float:
    """Return ``value`` if it is a finite number that is not below ``lowest``.

    Raises:
        ArgumentTypeError: it is no number.
        ArgumentError: it is out of range.
    """
    if not isinstance(value, Real):
        raise ArgumentTypeError(f"{name} must be a number, not {value!r:.60}.")
    if not (math.isfinite(value) and value >= lowest):
        expected = "finite" if lowest == -math.inf else f"finite and at least {lowest:g}"
        raise ArgumentError(f"{name} must be {expected}, got {value}.")
    return value


def _listed(keys: set[str]) -> str:
    """The first names, as an enumeration for people."""
    shown = ", ".join(sorted(keys)[:3]) or "nothing"
    return f"{shown} and {len(keys) - 3} more" if len(keys) > 3 else shown
