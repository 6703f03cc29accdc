"""The base class of every layer and network: parameters, modes, and what a backward pass needs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from scratch_layers.described import Described, Summary, SummaryLine, output_bytes
from scratch_layers.errors import ArgumentTypeError, ShapeError
from scratch_layers.saved_passes import SavedPasses
from scratch_layers.stateful import Stateful

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


class Module(Described, Stateful):
    """A function of one tensor with a hand-written derivative.

    A subclass defines :meth:`forward` and :meth:`backward`. Attributes that are parameters
    (:class:`~scratch_layers.parameter.Parameter`), buffers or modules are found by themselves, in
    the order in which they were assigned.

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
        """Whether the output lies in memory that neither the module nor anybody else keeps.

        Layers that always compute it into memory of their own say so as a class attribute.
        """
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

    def summary(self, input_shape: Sequence[int]) -> Summary:
        """Run an input of zeros of this shape through the module and list its layers.

        Args:
            input_shape: with the batch, such as (1, 3, 32, 32).
        """
        like = next(iter(self.state_dict().values()), torch.empty(0))
        with self.evaluation():
            zeros = torch.zeros(*input_shape, dtype=like.dtype, device=like.device)
            lines = [_summary_line(step) for step in self.trace(zeros)]
        parameters = sum(parameter.value.numel() for _, parameter in self.named_parameters())
        return Summary(tuple(input_shape), tuple(lines), parameters)

    def children(self) -> Iterator[tuple[str, Module]]:
        """Yield the direct submodules as ``(name, module)``."""
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Yield this module and every module below it, parents first, with their dotted names."""
        yield prefix, self
        for name, child in self.children():
            yield from child.named_modules(f"{prefix}.{name}" if prefix else name)

    def modules(self) -> Iterator[Module]:
        """Yield this module and every module below it, parents first."""
        for _, module in self.named_modules():
            yield module

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


def _summary_line(step: Step) -> SummaryLine:
    """Return what a layer that just ran adds to the table; a sum has no parameters of its own."""
    is_sum = step.skipped is not None
    own = () if is_sum else step.module.named_parameters()
    read, made = Fraction(step.input.numel()), Fraction(step.output.numel())
    return SummaryLine(
        name=step.name or "-",
        kind="sum" if is_sum else f"{type(step.module).__name__}({step.module._call()})",
        output_shape=tuple(step.output.shape),
        parameters=sum(parameter.value.numel() for _, parameter in own),
        multiply_adds=0 if is_sum else int(step.module.multiply_adds(read, made)),
        output_bytes=output_bytes(step.output),
    )
