"""Modules made of modules."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from scratch_layers.errors import ArgumentTypeError, ShapeError
from scratch_layers.functional.recycling import give_block, recycling
from scratch_layers.interruption import stop_if_asked
from scratch_layers.layers.activations import ReLU
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

        A ReLU overwrites what the module before it made. In evaluation mode, memory that the next
        module has read serves those that follow.
        """
        if self.training:
            return self._run(input)
        with recycling():
            return self._run(input)

    def _run(self, input: Tensor) -> Tensor:
        owned = False
        for module in self._steps:
            stop_if_asked()
            if owned and isinstance(module, ReLU):
                input = module.overwrite(input)
                continue
            output = module.forward(input)
            if owned and not self.training and module.output_is_new:
                give_block(input)
            input, owned = output, module.output_is_new
        return input

    def backward(self, gradient: Tensor) -> Tensor:
        """Run the modules' backward passes, last to first."""
        owned = False
        for module in reversed(self._steps):
            if owned and isinstance(module, ReLU):
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

    @property
    def output_is_new(self) -> bool:
        """Always: it is computed into memory of its own."""
        return True

    @property
    def gradient_is_new(self) -> bool:
        """Always, as the output."""
        return True

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
