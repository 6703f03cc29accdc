"""Modules made of modules."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from scratch_layers.errors import ArgumentTypeError, ShapeError
from scratch_layers.interruption import stop_if_asked
from scratch_layers.layers.arguments import as_tensor
from scratch_layers.module import Module


class Sequential(Module):
    """Run modules one after the other: ``f_n(... f_2(f_1(x)))``.

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

    def forward(self, input: Tensor) -> Tensor:
        """Return the output of the last module."""
        for module in self._steps:
            stop_if_asked()
            input = module.forward(input)
        return input

    def backward(self, gradient: Tensor) -> Tensor:
        """Run the modules' backward passes, last to first."""
        for module in reversed(self._steps):
            gradient = module.backward(gradient)
        return gradient

    def children(self) -> Iterator[tuple[str, Module]]:
        """Yield the modules as ``("0", first), ("1", second), ...``."""
        for index, module in enumerate(self._steps):
            yield str(index), module

    def __len__(self) -> int:
        return len(self._steps)

    def __getitem__(self, index: int) -> Module:
        return self._steps[index]

    def __iter__(self) -> Iterator[Module]:
        return iter(self._steps)


class Residual(Module):
    """``x + body(x)``: the body learns only what is to change.

    Args:
        body: a module whose output has the shape of its input.

    Raises:
        ShapeError: in :meth:`forward`, the shapes differ.

    Source: He et al., "Deep Residual Learning for Image Recognition" (CVPR 2016).
    """

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
        return output + input

    def backward(self, gradient: Tensor) -> Tensor:
        """Return ``gradient + body.backward(gradient)``."""
        gradient = as_tensor("Residual.backward", gradient)
        return self.body.backward(gradient) + gradient
