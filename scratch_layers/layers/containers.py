"""Modules made of modules."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import overload

from torch import Tensor

from scratch_layers.described import Described, Extent, Span
from scratch_layers.errors import ArgumentTypeError, ShapeError
from scratch_layers.functional.memory import give_memory, recycling
from scratch_layers.interruption import stop_if_asked
from scratch_layers.layers.arguments import as_tensor
from scratch_layers.module import Module, Step
from scratch_layers.threads import threads


class Sequential(Module):
    """Run modules one after the other: ``f_n(...f_2(f_1(x)))``.

    State-dict names count the modules: ``0.weight``, ``1.weight``, ... The modules can be counted,
    indexed and walked over like a list. Without modules the output is the input.

    Raises:
        ArgumentTypeError: one of ``modules`` is not a :class:`Module`.
    """

    def __init__(self, *modules: Module) -> None:
        super().__init__()
        for module in modules:
            if not isinstance(module, Module):
                raise ArgumentTypeError(f"Sequential takes modules, not {type(module).__name__}.")
        self._steps = modules

    @property
    def output_is_new(self) -> bool:
        """Whether the last module's output is."""
        return bool(self._steps) and self._steps[-1].output_is_new

    @property
    def gradient_is_new(self) -> bool:
        """Whether the first module's gradient is."""
        return bool(self._steps) and self._steps[0].gradient_is_new

    def forward(self, input: Tensor) -> Tensor:
        """Return the output of the last module.

        A layer that can overwrite overwrites what the module before it made. In evaluation mode,
        memory that the next module has read serves those that follow.
        """
        with threads.share():
            if self.training:
                return self._run(input)
            with recycling():
                return self._run(input)

    def _run(self, input: Tensor) -> Tensor:
        owned = False
        for module in self._steps:
            stop_if_asked()
            if owned and module.can_overwrite:
                input = module.overwrite(input)
                continue
            output = module.forward(input)
            if owned and not self.training and module.output_is_new and input.ndim == 4:
                give_memory(input)
            input, owned = output, module.output_is_new
        return input

    def backward(self, gradient: Tensor) -> Tensor:
        """Run the modules' backward passes, last to first."""
        with threads.share():
            return self._run_backward(gradient)

    def _run_backward(self, gradient: Tensor) -> Tensor:
        owned = False
        for module in reversed(self._steps):
            if owned and module.can_overwrite:
                gradient = module.backward_overwriting(gradient)
            else:
                gradient = module.backward(gradient)
                owned = module.gradient_is_new
        return gradient

    def children(self) -> Iterator[tuple[str, Module]]:
        """Yield the modules as ``("0", first), ("1", second), ...``."""
        for index, module in enumerate(self._steps):
            yield str(index), module

    def __len__(self) -> int:
        return len(self._steps)

    @overload
    def __getitem__(self, index: int) -> Module: ...

    @overload
    def __getitem__(self, index: slice) -> Sequential: ...

    def __getitem__(self, index: int | slice) -> Module:
        """Return the module of this number, or those of a slice as a sequence of their own."""
        if isinstance(index, slice):
            return Sequential(*self._steps[index])
        return self._steps[index]

    def __iter__(self) -> Iterator[Module]:
        return iter(self._steps)

    def definition(self, input: Tensor) -> Tensor:
        """Apply the modules' definitions, first to last."""
        for module in self._steps:
            input = module.definition(input)
        return input

    def extents(self, given: Extent) -> Iterator[tuple[Described, Extent, Extent]]:
        """Yield the modules' layers, each with the size that the one before puts out."""
        for module in self._steps:
            for layer, read, made in module.extents(given):
                yield layer, read, made
                given = made

    def output_extent(self, given: Extent) -> Extent:
        """Return the size of the last module's output."""
        for module in self._steps:
            given = module.output_extent(given)
        return given

    def positions_read(self, axis: int, outputs: Span) -> Span:
        """Follow the positions back, last module to first."""
        for module in reversed(self._steps):
            outputs = module.positions_read(axis, outputs)
        return outputs

    def peak_values(self, given: Extent) -> Fraction:
        """Count the sequence's own input while any module but the first runs."""
        peak, current = given.values, given
        for index, module in enumerate(self._steps):
            held = given.values if index else Fraction(0)
            peak = max(peak, held + module.peak_values(current))
            current = module.output_extent(current)
        return peak

    def trace(self, input: Tensor, name: str = "", depth: int = 0) -> Iterator[Step]:
        """Yield the steps of the modules, first to last."""
        prefix = f"{name}." if name else ""
        for child_name, child in self.children():
            output = input
            for step in child.trace(input, prefix + child_name, depth):
                yield step
                output = step.output
            input = output


class Residual(Module):
    """``x + body(x)``: the body learns only what is to change.

    Args:
        body: a module whose output has the shape of its input.

    Raises:
        ShapeError: in :meth:`forward`, the shapes differ.

    Source: He et al., "Deep Residual Learning for Image Recognition" (CVPR 2016).
    """

    purpose = (
        "Adds what was learned to what was skipped. A body of layers learns only what is to "
        "change, and gradients reach the layers before it unchanged."
    )
    equation = "y = x + body(x)"
    output_is_new = gradient_is_new = True

    def __init__(self, body: Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, input: Tensor) -> Tensor:
        """Return ``input + body(input)``."""
        input = as_tensor("Residual", input)
        output = self.body.forward(input)
        if output.shape != input.shape:
            raise ShapeError(
                f"The body of Residual turned shape {tuple(input.shape)} into "
                f"{tuple(output.shape)}; it must keep the shape."
            )
        return output.add_(input) if self.body.output_is_new else output + input

    def backward(self, gradient: Tensor) -> Tensor:
        """Return ``gradient + body.backward(gradient)``."""
        gradient = as_tensor("Residual.backward", gradient)
        result = self.body.backward(gradient)
        return result.add_(gradient) if self.body.gradient_is_new else result + gradient

    def definition(self, input: Tensor) -> Tensor:
        """Add the input to the definition of the body."""
        return input + self.body.definition(input)

    def extents(self, given: Extent) -> Iterator[tuple[Described, Extent, Extent]]:
        """Yield the layers of the body."""
        return self.body.extents(given)

    def output_extent(self, given: Extent) -> Extent:
        """Return the size of the body's output, which is that of the input."""
        return self.body.output_extent(given)

    def positions_read(self, axis: int, outputs: Span) -> Span:
        """Return what the body reads and, for the sum, the positions themselves."""
        first, last = self.body.positions_read(axis, outputs)
        return min(first, outputs[0]), max(last, outputs[1])

    def peak_values(self, given: Extent) -> Fraction:
        """Count the input, the body's output and their sum, or what the body takes."""
        made = self.output_extent(given).values
        return max(self.body.peak_values(given), given.values + 2 * made)

    def trace(self, input: Tensor, name: str = "", depth: int = 0) -> Iterator[Step]:
        """Yield the steps of the body, then the sum."""
        output, inside = input, 0
        for step in self.body.trace(input, f"{name}.body" if name else "body", depth + 1):
            yield step
            output, inside = step.output, inside + 1
        yield Step(name, self, input, input + output, depth, skipped=inside)
