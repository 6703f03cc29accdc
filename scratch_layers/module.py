"""The base class of every layer and network: parameters, modes, and what a backward pass needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentTypeError, ShapeError, StateError, WeightsError

if TYPE_CHECKING:
    from typing_extensions import Self


class Parameter:
    """A tensor that learning changes, together with the gradient of the loss with respect to it.

    Args:
        value: the tensor itself; it stays the same object for the life of the parameter unless
            :meth:`to` moves it to another device or dtype.
    """

    def __init__(self, value: Tensor) -> None:
        self.value = value
        self._gradient: Tensor | None = None

    @property
    def gradient(self) -> Tensor:
        """The accumulated gradient, shaped like ``value``; zeros before the first backward pass."""
        if self._gradient is None:
            # A tensor made in inference mode could not be changed outside of it later.
            with torch.inference_mode(False):
                self._gradient = torch.zeros_like(self.value)
        return self._gradient

    def zero_grad(self) -> None:
        """Set the gradient to zero, in place."""
        if self._gradient is not None:
            self._gradient.zero_()

    def to(self, device: torch.device | str | None, dtype: torch.dtype | None) -> None:
        """Move value and gradient to ``device`` and ``dtype``; ``None`` leaves either as it is."""
        self.value = self.value.to(device=device or self.value.device, dtype=dtype)
        if self._gradient is not None:
            self._gradient = self._gradient.to(device=self.value.device, dtype=dtype)


class Module:
    """A function of one tensor with a hand-written derivative.

    A subclass defines :meth:`forward` and :meth:`backward`. Attributes that are :class:`Parameter`
    or :class:`Module` objects are found by themselves, in the order in which they were assigned.

    In training mode ``forward`` pushes what ``backward`` will need (:meth:`_save`) and ``backward``
    pops it (:meth:`_restore`), so one module may run forward several times before its backwards run
    in reverse order. In evaluation mode nothing is kept.

    Autograd plays no part, on or off: an input that requires a gradient is taken as plain numbers,
    and no output ever belongs to a graph.

    Source: the framework of "Implementing our own Modules" (Philippe, Devaud, Kremer; EPFL).
    """

    def __init__(self) -> None:
        self.training = True
        self._saved: list[Any] = []

    def forward(self, input: Tensor) -> Tensor:
        """Compute the module's output."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward.")

    def backward(self, gradient: Tensor) -> Tensor:
        """Accumulate parameter gradients and return the gradient with respect to the input.

        Args:
            gradient: gradient of the loss with respect to the output of the latest ``forward``
                whose ``backward`` has not run yet.

        Raises:
            StateError: there is no such ``forward``.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define backward.")

    @property
    def output_is_new(self) -> bool:
        """Whether the output lies in memory that neither the module nor anybody else keeps."""
        return False

    @property
    def gradient_is_new(self) -> bool:
        """The same of what :meth:`backward` returns."""
        return False

    def __call__(self, input: Tensor) -> Tensor:
        return self.forward(input)

    def _save(self, *needed: Any) -> None:
        """Remember what ``backward`` needs; in evaluation mode, do nothing."""
        if self.training:
            self._saved.append(needed)

    def _restore(self) -> tuple[Any, ...]:
        """Take back what the latest open ``forward`` saved."""
        if not self._saved:
            raise StateError(
                f"{type(self).__name__}.backward needs a forward pass in training mode before it; "
                "call forward first, and train() if eval() was called."
            )
        needed: tuple[Any, ...] = self._saved.pop()
        return needed

    def _checked_gradient(self, gradient: Tensor, shape: torch.Size) -> Tensor:
        """Return ``gradient``, outside any autograd graph, if it has the shape of the output.

        Raises:
            ArgumentTypeError: it is not a tensor.
            ShapeError: it has another shape.
        """
        if not isinstance(gradient, Tensor):
            raise ArgumentTypeError(
                f"{type(self).__name__}.backward takes a tensor, not {type(gradient).__name__}."
            )
        if gradient.shape != shape:
            raise ShapeError(
                f"{type(self).__name__}.backward got a gradient of shape {tuple(gradient.shape)}, "
                f"but the output it belongs to has shape {tuple(shape)}."
            )
        return gradient.detach()

    def forget(self) -> None:
        """Drop what open forward passes saved, here and in every child."""
        self._saved.clear()
        for _, child in self.children():
            child.forget()

    def children(self) -> Iterator[tuple[str, Module]]:
        """Yield the direct submodules as ``(name, module)``."""
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value

    def modules(self) -> Iterator[Module]:
        """Yield this module and every module below it, parents first."""
        yield self
        for _, child in self.children():
            yield from child.modules()

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield every parameter as ``(dotted name, parameter)``; the names are torch's.

        A parameter that lies in several places comes once, under the first of its names.
        """
        seen: set[int] = set()
        for name, parameter in self._places(""):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                yield name, parameter

    def _places(self, prefix: str) -> Iterator[tuple[str, Parameter]]:
        """Yield every place where a parameter lies, own ones before those of the children."""
        for name, value in vars(self).items():
            if isinstance(value, Parameter):
                yield prefix + name, value
        for name, child in self.children():
            yield from child._places(f"{prefix}{name}.")

    def param(self) -> list[tuple[Tensor, Tensor]]:
        """Return ``[(value, gradient), ...]`` for every parameter, empty where there are none."""
        return [(parameter.value, parameter.gradient) for _, parameter in self.named_parameters()]

    def update_param(self, values: Sequence[Tensor]) -> None:
        """Copy new values into the parameters, in the order of :meth:`param`.

        Raises:
            ShapeError: the number of tensors or one of their shapes differs; nothing is changed.
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
        for parameter, value in zip(parameters, values, strict=True):
            parameter.value.copy_(value.detach())

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero, in place."""
        for _, parameter in self.named_parameters():
            parameter.zero_grad()

    def train(self, mode: bool = True) -> Self:
        """Switch this module and its children to training (or evaluation) mode."""
        for module in self.modules():
            module.training = mode
        if not mode:
            self.forget()
        return self

    def eval(self) -> Self:
        """Switch to evaluation mode: ``forward`` keeps nothing for ``backward``."""
        return self.train(False)

    def to(
        self, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> Self:
        """Move every parameter, and its gradient, to ``device`` and ``dtype``."""
        for _, parameter in self.named_parameters():
            parameter.to(device, dtype)
        return self

    def state_dict(self) -> dict[str, Tensor]:
        """Return the parameter values (not copies) under all of torch's dotted names."""
        return {name: parameter.value for name, parameter in self._places("")}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Copy the values of ``state`` into the parameters, converting dtype and device.

        Raises:
            WeightsError: names are missing or unknown, a shape differs, or something is not a
                tensor; nothing is changed.
        """
        parameters = dict(self._places(""))
        problems = _state_problems({k: p.value for k, p in parameters.items()}, state)
        if problems:
            raise WeightsError(
                f"These weights do not fit {type(self).__name__}: {'; '.join(problems)}."
            )
        for name, parameter in parameters.items():
            parameter.value.copy_(state[name].detach())


def _state_problems(own: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> list[str]:
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
    return problems
