"""Whether a backward pass is the derivative of its forward pass, and keeps the rules of modules."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.errors import ShapeError
from scratch_layers.interruption import stop_if_asked
from scratch_layers.losses import Loss
from scratch_layers.module import Module

STEP = 1e-6
TOLERANCE = 1e-6
"""Rounding in double precision explains about 1e-9."""


@dataclass(frozen=True)
class Finding:
    """How far one thing that was checked is off.

    Attributes:
        subject: ``input`` or the dotted name of a parameter.
        check: what was asked of it.
        error: relative; 0 where all is as it must be, about 1 where nothing is.
    """

    subject: str
    check: str
    error: float


@dataclass(frozen=True)
class GradientReport:
    """What :func:`check_gradients` found; as text, a table with one line for each finding."""

    module: str
    findings: tuple[Finding, ...]
    tolerance: float = TOLERANCE

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """The findings whose error rounding does not explain."""
        return tuple(found for found in self.findings if not found.error <= self.tolerance)

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong

    def __str__(self) -> str:
        width = max(len(found.subject) for found in self.findings)
        lines = [
            f"{'wrong' if found in self.wrong else 'right'}  {found.subject:{width}}  "
            f"{found.error:8.1e}  {found.check}"
            for found in self.findings
        ]
        verdict = "right" if self.passed else f"wrong in {len(self.wrong)} places"
        return "\n".join([f"The gradients of {self.module} are {verdict}.", *lines])


def check_gradients(
    module: Module,
    input: Tensor,
    target: Tensor | None = None,
    directions: int = 3,
    seed: int = 0,
) -> GradientReport:
    r"""Check a module's hand-written gradients in double precision.

    With a random gradient :math:`g` of the output the loss is
    :math:`L(x) = \langle f(x), g \rangle`. Along a random direction :math:`u` its slope is measured
    as :math:`(L(x + hu) - L(x - hu)) / 2h` and compared with
    :math:`\langle \partial L / \partial x, u \rangle`, for the input and for every
    parameter. Besides,

    - a second backward pass must add the same once more to the gradients of parameters,
    - of two forward passes, backward must take the later one first,
    - neither input nor gradient may be changed.

    Args:
        module: is copied, not changed; checked in training mode. A loss needs a ``target``.
        input: what ``forward`` takes; floating point, best with two or more images and few numbers.
        target: what a loss compares ``input`` with.
        directions: along how many random directions every slope is measured.
        seed: decides upstream gradient, directions, and what random layers draw.

    Returns:
        A report whose text says which parameter is wrong by how much.

    Raises:
        ShapeError: ``input`` is not in floating point.
        CancelledError: the work was asked to stop, see :mod:`scratch_layers.interruption`.

    Source: the gradient check of Chainer (random directions, random upstream gradients).
    """
    if not input.is_floating_point():
        raise ShapeError(f"check_gradients needs floating-point input, not {input.dtype}.")
    check = _Check(module, input.detach().to(torch.float64).clone(), target, seed)
    findings = [*check.slopes(directions), *check.accumulation()]
    findings += [*check.order(), *check.untouched()]
    return GradientReport(type(module).__name__, tuple(findings))


class _Check:
    """A copy of a module in double precision with an input and a gradient of the output."""

    def __init__(self, module: Module, input: Tensor, target: Tensor | None, seed: int) -> None:
        self._seed = seed
        self._input = input
        self._module = _in_double_precision(module)
        self._target = target
        if target is not None and target.is_floating_point():
            self._target = target.detach().to(torch.float64)
        self._upstream = self._random(self._output(input.clone()), 1)

    def slopes(self, directions: int) -> Iterator[Finding]:
        """Compare every gradient with the slopes along random directions."""
        gradients = self._gradients(self._input, self._upstream)
        values = {"input": self._input, **self._parameters()}
        for offset, (name, value) in enumerate(values.items()):
            gradient = gradients[name]
            if gradient.shape != value.shape:
                shapes = f"shape {tuple(gradient.shape)}, not {tuple(value.shape)}"
                yield Finding(name, f"gradient of the right shape; it has {shapes}", 1.0)
                continue
            errors = [
                self._slope_error(value, gradient, self._random(value, 100 * offset + number + 2))
                for number in range(directions)
            ]
            yield Finding(name, "gradient equals slopes", max(errors))

    def accumulation(self) -> Iterator[Finding]:
        """See whether a second pass adds to the gradients of the parameters."""
        once = self._gradients(self._input, self._upstream)
        self._output(self._input.clone(), keep=True)
        self._backward(self._upstream)
        for name, parameter in self._module.named_parameters():
            yield Finding(name, "gradients add up", _difference(parameter.gradient, 2 * once[name]))

    def order(self) -> Iterator[Finding]:
        """See whether the second of two forward passes is the first to go back."""
        other_input = self._input.flip(0) * 0.75
        other_upstream = self._upstream * -0.5
        alone = self._gradients(self._input, self._upstream)["input"]
        other = self._gradients(other_input, other_upstream)["input"]
        self._module.forget()
        self._output(self._input.clone(), keep=True)
        self._output(other_input.clone(), keep=True)
        found_other, found = self._backward(other_upstream), self._backward(self._upstream)
        error = max(_difference(found, alone), _difference(found_other, other))
        yield Finding("input", "the later of two passes goes back first", error)

    def untouched(self) -> Iterator[Finding]:
        """See whether input and upstream gradient stay as they were given."""
        input, upstream = self._input.clone(), self._upstream.clone()
        self._module.forget()
        self._output(input, keep=True)
        self._backward(upstream)
        yield Finding("input", "is left as it was", _difference(input, self._input))
        yield Finding("gradient", "is left as it was", _difference(upstream, self._upstream))

    def _gradients(self, input: Tensor, upstream: Tensor) -> dict[str, Tensor]:
        """Return the gradients of one pass alone, as copies."""
        self._module.forget()
        self._module.zero_grad()
        self._output(input.clone(), keep=True)
        gradients = {"input": self._backward(upstream.clone()).clone()}
        for name, parameter in self._module.named_parameters():
            gradients[name] = parameter.gradient.clone()
        return gradients

    def _slope_error(self, value: Tensor, gradient: Tensor, direction: Tensor) -> float:
        start, losses = value.clone(), []
        for step in (STEP, -STEP):
            value.copy_(start + step * direction)
            losses.append(float((self._output(self._input.clone()) * self._upstream).sum()))
        value.copy_(start)
        measured = (losses[0] - losses[1]) / (2 * STEP)
        terms = gradient * direction
        # Rounding counts against the sizes of the terms, not against their sum.
        scale = max(float(terms.abs().sum()), abs(measured), 1e-3)
        return abs(float(terms.sum()) - measured) / scale

    def _output(self, input: Tensor, keep: bool = False) -> Tensor:
        stop_if_asked()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._seed)
            if isinstance(self._module, Loss) and self._target is not None:
                output = self._module(input, self._target)
            else:
                output = self._module(input)
        if not keep:
            output = output.clone()
            self._module.forget()
        return output

    def _backward(self, upstream: Tensor) -> Tensor:
        if isinstance(self._module, Loss):
            return self._module.backward() * upstream
        return self._module.backward(upstream)

    def _parameters(self) -> dict[str, Tensor]:
        return {name: parameter.value for name, parameter in self._module.named_parameters()}

    def _random(self, like: Tensor, number: int) -> Tensor:
        generator = torch.Generator().manual_seed(1000 * self._seed + number)
        return torch.randn(like.shape, generator=generator, dtype=torch.float64)


def _in_double_precision(module: Module) -> Module:
    """Return a copy on the processor; open passes are not copied along."""
    module.forget()
    return copy.deepcopy(module).to("cpu", torch.float64).train()


def _difference(found: Tensor, expected: Tensor) -> float:
    """Return the largest difference relative to the largest number; 1 for other shapes."""
    if found.shape != expected.shape:
        return 1.0
    if not found.numel():
        return 0.0
    largest = max(float(expected.abs().max()), 1e-3)
    return float((found - expected).abs().max()) / largest
