"""The base class of every layer and network: parameters, modes, and what a backward pass needs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from scratch_layers.described import Described
from scratch_layers.errors import ArgumentTypeError, ShapeError
from scratch_layers.parameter import Buffer, Parameter
from scratch_layers.saved_passes import SavedPasses
from scratch_layers.state import copy_state, dtype_name, loses

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True)
class Step:
    """One layer of a running network.

    Attributes:
        name: dotted, as in the state dict.
        module: the layer.
        input, output: what went into it and what came out.
        depth: how many residuals it lies in.
        skipped: where this is the sum at the end of a residual, how many steps lie before it that
            belong to the residual's body.
    """

    name: str
    module: Module
    input: Tensor
    output: Tensor
    depth: int = 0
    skipped: int | None = None


class Module(Described):
    """A function of one tensor with a hand-written derivative.

    A subclass defines :meth:`forward` and :meth:`backward`. Attributes that are :class:`Parameter`,
    :class:`Buffer` or :class:`Module` objects are found by themselves, in the order in which they
    were assigned.

    In training mode ``forward`` pushes what ``backward`` will need (:meth:`_save`) and ``backward``
    pops it (:meth:`_restore`), so one module may run forward several times before its backwards run
    in reverse order. In evaluation mode nothing is kept; forward passes that pile up because
    :meth:`eval` was forgotten are warned of.

    Autograd plays no part, on or off: an input that requires a gradient is taken as plain numbers,
    and no output ever belongs to a graph.

    Source: the framework of "Implementing our own Modules" (Philippe, Devaud, Kremer; EPFL).
    """

    def __init__(self) -> None:
        self.training = True
        self._saved = SavedPasses(type(self).__name__)

    def forward(self, input: Tensor) -> Tensor:
        """Compute the module's output."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward.")

    def backward(self, gradient: Tensor) -> Tensor:
        """Accumulate parameter gradients and return the gradient with respect to the input.

        Args:
            gradient: gradient of the loss with respect to the output of the latest ``forward``
                whose ``backward`` has not run yet.

        Raises:
            StateError: there is no such ``forward``, or its input or output, where the derivative
                needs it, was changed in place since.
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

    @property
    def can_overwrite(self) -> bool:
        """Whether there are ``overwrite`` and ``backward_overwriting``, which take the memory of
        what they are given for their result.
        """
        return False

    def overwrite(self, input: Tensor) -> Tensor:
        """Do as :meth:`forward`, in the memory of ``input``."""
        raise NotImplementedError(f"{type(self).__name__} does not overwrite its input.")

    def backward_overwriting(self, gradient: Tensor) -> Tensor:
        """Do as :meth:`backward`, in the memory of ``gradient``."""
        raise NotImplementedError(f"{type(self).__name__} does not overwrite its gradient.")

    def __call__(self, input: Tensor) -> Tensor:
        return self.forward(input)

    def __repr__(self) -> str:
        """Return the module as one would write it, its children indented below it."""
        children = [f"({name}): {child!r}" for name, child in self.children()]
        if not children:
            return f"{type(self).__name__}({self._call()})"
        inside = "\n".join([self._call()] * bool(self._call()) + children)
        return f"{type(self).__name__}(\n{textwrap.indent(inside, '  ')}\n)"

    def _save(self, *needed: Any) -> None:
        """Remember what ``backward`` needs; in evaluation mode, do nothing."""
        if self.training:
            self._saved.push(needed)

    def _restore(self) -> tuple[Any, ...]:
        """Take back what the latest open ``forward`` saved.

        Raises:
            StateError: there is none, or what it saved was changed in place since.
        """
        return self._saved.pop()

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

    def trace(self, input: Tensor, name: str = "", depth: int = 0) -> Iterator[Step]:
        """Run the module layer by layer; the last step's output is that of the module."""
        yield Step(name, self, input, self.forward(input), depth)

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

    @contextmanager
    def evaluation(self) -> Iterator[None]:
        """Be in evaluation mode inside a block; every module gets its own mode back after it."""
        modes = [(module, module.training) for module in self.modules()]
        self.eval()
        try:
            yield
        finally:
            for module, mode in modes:
                module.training = mode

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
