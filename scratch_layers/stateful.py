"""The parameters and buffers of a module and of its children: finding, exchanging, keeping them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from scratch_layers.errors import ShapeError, WeightsError
from scratch_layers.parameter import Buffer, Parameter
from scratch_layers.threads import NUMBER_WORK, threads
from scratch_layers.weights import load_weights, save_weights

if TYPE_CHECKING:
    from typing_extensions import Self


class Stateful:
    """Finds the parameters and buffers among its attributes.

    They come in the order in which they were assigned, under torch's dotted names.
    """

    def children(self) -> Iterator[tuple[str, Stateful]]:
        """Yield the direct parts that have state themselves as ``(name, part)``."""
        for name, value in vars(self).items():
            if isinstance(value, Stateful):
                yield name, value

    def own_parameters(self) -> list[Parameter]:
        """Return the parameters that are not those of a child."""
        return [value for value in vars(self).values() if isinstance(value, Parameter)]

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield every parameter as ``(dotted name, parameter)``; the names are torch's.

        A parameter that lies in several places comes once, under the first of its names.
        """
        seen: set[int] = set()
        for name, parameter in self._places(""):
            if isinstance(parameter, Parameter) and id(parameter) not in seen:
                seen.add(id(parameter))
                yield name, parameter

    def _places(self, prefix: str) -> Iterator[tuple[str, Parameter | Buffer]]:
        """Yield every place of state: own parameters, own buffers, those of the children."""
        for kind in (Parameter, Buffer):
            for name, value in vars(self).items():
                if isinstance(value, kind):
                    yield prefix + name, value
        for name, child in self.children():
            yield from child._places(f"{prefix}{name}.")

    def param(self) -> list[tuple[Tensor, Tensor]]:
        """Return ``[(value, gradient), ...]`` for every parameter, empty where there are none."""
        return [(parameter.value, parameter.gradient) for _, parameter in self.named_parameters()]

    def update_param(self, values: Sequence[Tensor]) -> None:
        """Copy new values into the parameters, in the order of :meth:`param`.

        Raises:
            ShapeError: the number of tensors or one of their shapes differs, or a dtype would lose
                something, as complex numbers do; nothing is changed.
        """
        parameters = [parameter for _, parameter in self.named_parameters()]
        if len(values) != len(parameters):
            raise ShapeError(
                f"update_param got {len(values)} tensors for {len(parameters)} parameters."
            )
        for index, (parameter, value) in enumerate(zip(parameters, values, strict=True)):
            if parameter.value.shape != value.shape:
                raise ShapeError(
                    f"update_param got shape {tuple(value.shape)} for parameter {index}, "
                    f"which has shape {tuple(parameter.value.shape)}."
                )
            if loses(value, parameter.value):
                raise ShapeError(
                    f"update_param got {dtype_name(value)} for parameter {index}, which loses "
                    f"something as {dtype_name(parameter.value)}."
                )
        for parameter, value in zip(parameters, values, strict=True):
            parameter.value.copy_(value.detach())

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero, in place."""
        parameters = [parameter for _, parameter in self.named_parameters()]
        with threads.share(NUMBER_WORK * sum(held.value.numel() for held in parameters)):
            for parameter in parameters:
                parameter.zero_grad()

    def to(
        self, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> Self:
        """Move every parameter, its gradient and every buffer to ``device`` and ``dtype``."""
        for held in {id(held): held for _, held in self._places("")}.values():
            held.to(device, dtype)
        return self

    def state_dict(self) -> dict[str, Tensor]:
        """Return parameters and buffers (not copies) under all of torch's dotted names."""
        return {name: held.value for name, held in self._places("")}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Copy the values of ``state`` into parameters and buffers, converting dtype and device.

        Raises:
            WeightsError: names are missing or unknown, a shape differs, a dtype would lose
                something, as complex numbers do, or something is not a tensor; nothing is changed.
        """
        copy_state(self.state_dict(), state, type(self).__name__)

    def save(self, path: Path | str) -> None:
        """Write the state to a safetensors file; until it is complete, the old content stays.

        Raises:
            OSError: the file cannot be written.
            WeightsError: a tensor holds NaN or infinite values.
        """
        save_weights(path, self.state_dict())

    def load(self, path: Path | str) -> Self:
        """Take over the state that :meth:`save` wrote, or that torch users keep as safetensors.

        Raises:
            WeightsError: the file cannot be used or does not fit; nothing is changed.
        """
        self.load_state_dict(load_weights(path))
        return self


def copy_state(own: Mapping[str, Tensor], state: Mapping[str, Tensor], owner: str) -> None:
    """Copy the tensors of ``state`` into those of the same name, converting dtype and device.

    Args:
        own: what is written to.
        state: what is read.
        owner: what the tensors belong to, for the message.

    Raises:
        WeightsError: names are missing or unknown, a shape differs, a dtype would lose something
            (:func:`loses`), or something is not a tensor; nothing is changed.
    """
    problems = _problems(own, state)
    if problems:
        raise WeightsError(f"These weights do not fit {owner}: {'; '.join(problems)}.")
    for name, value in own.items():
        value.copy_(state[name].detach())


def _problems(own: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> list[str]:
    """Return what keeps ``state`` from being loaded, in words; empty where nothing does."""
    missing = [name for name in own if name not in state]
    unknown = [name for name in state if name not in own]
    problems = []
    if missing:
        problems.append("missing " + ", ".join(missing))
    if unknown:
        problems.append("unknown " + ", ".join(unknown))
    for name, value in own.items():
        given = state.get(name, value)
        if not isinstance(given, Tensor):
            problems.append(f"{name} is a {type(given).__name__}, expected a tensor")
        elif given.shape != value.shape:
            problems.append(f"{name} has shape {tuple(given.shape)}, expected {tuple(value.shape)}")
        elif loses(given, value):
            problems.append(
                f"{name} is {dtype_name(given)}, which loses something as {dtype_name(value)}"
            )
    return problems


def loses(given: Tensor, own: Tensor) -> bool:
    """Tell whether ``own`` cannot hold the kind of number that ``given`` has.

    Complex numbers lose their imaginary part as real ones, fractions are cut off in integers.
    Fewer digits, as of float64 in float32, are not counted as a loss.
    """
    return not torch.can_cast(given.dtype, own.dtype)


def dtype_name(tensor: Tensor) -> str:
    """Return such as ``float32``."""
    return str(tensor.dtype).removeprefix("torch.")
