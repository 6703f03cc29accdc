"""What a module says of itself: sizes, what it reads, cost, settings, definition, and a table."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from torch import Tensor

from scratch_layers.errors import ArgumentTypeError
from scratch_layers.window import Window

Span = tuple[int, int]
"""First and last position along an axis."""


@dataclass(frozen=True)
class Extent:
    """Size of an activation, relative to the network's input.

    Attributes:
        channels: number of planes.
        height, width: as parts of the input's height and width.
    """

    channels: int
    height: Fraction = Fraction(1)
    width: Fraction = Fraction(1)

    @property
    def values(self) -> Fraction:
        """Numbers held for every pixel of the network's input."""
        return self.channels * self.height * self.width

    def enlarged(self, channels: int, factor: tuple[int, int]) -> Extent:
        """Return the extent with sides that are ``factor`` (vertical, horizontal) times longer."""
        return Extent(channels, self.height * factor[0], self.width * factor[1])

    def reduced(self, channels: int, factor: tuple[int, int]) -> Extent:
        """Return the extent with sides that are ``factor`` (vertical, horizontal) times shorter."""
        return Extent(channels, self.height / factor[0], self.width / factor[1])


@dataclass(frozen=True)
class SlidingKernel:
    """The weights of a layer that slides a kernel over an image, and where they meet its pixels.

    Attributes:
        window: which pixel each tap meets.
        weight: (groups, outputs of a group, inputs of a group, k, k), in the memory of the layer's
            parameter: what is written to it, the layer has learned.
        bias: (outputs,), or ``None``.
    """

    window: Window
    weight: Tensor
    bias: Tensor | None


class Described:
    """Answers that each kind of layer gives about itself, and containers put together.

    A layer that has no answer to a question raises :class:`ArgumentTypeError`. Only the questions
    that are asked need an answer: a layer that is merely trained needs none.

    Attributes:
        purpose: what the layer does and why networks have it, in two sentences.
        equation: of one output value, in plain letters.
        only_moves: whether every output value is, unchanged, the input value of one fixed place.
    """

    purpose: ClassVar[str] = ""
    equation: ClassVar[str] = ""
    only_moves: ClassVar[bool] = False

    def output_extent(self, given: Extent) -> Extent:
        """Return the size of the output for an input of size ``given``, large images assumed."""
        raise self._unknown("what size of image {kind} puts out")

    def extents(self, given: Extent) -> Iterator[tuple[Described, Extent, Extent]]:
        """Yield every single layer with the sizes of its input and output, in running order."""
        yield self, given, self.output_extent(given)

    def positions_read(self, axis: int, outputs: Span) -> Span:
        """Return the input positions that the output positions ``outputs`` depend on.

        Args:
            axis: 0 for rows, 1 for columns.
            outputs: first and last output position.
        """
        raise self._unknown("which pixels {kind} reads")

    def sliding_kernel(self) -> SlidingKernel | None:
        """Return the kernel that the layer slides over the image, ``None`` where it has none."""
        return None

    def multiply_adds(self, read: Fraction, made: Fraction) -> Fraction:
        """Return the multiplications, each with its addition, of the definition.

        Products with weights count; biases, activations and normalisations do not.

        Args:
            read, made: how many values go in and come out.
        """
        return Fraction(0)

    def peak_values(self, given: Extent) -> Fraction:
        """Return the most values alive at one time in evaluation mode, ``given`` included."""
        return given.values + self.output_extent(given).values

    def definition(self, input: Tensor) -> Tensor:
        """Compute the layer as plainly as its formula says it, in operations that torch can
        differentiate; slow, and equal to ``forward`` but for rounding.

        Args:
            input: with a batch axis.
        """
        raise self._unknown("how {kind} is defined")

    def details(self) -> str:
        """Return in a few words what distinguishes this layer from others of its kind."""
        return ""

    def arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments by name, as far as they are kept as attributes."""
        found = {}
        for parameter in self._constructor():
            held = vars(self).get(parameter.name, inspect.Parameter.empty)
            if held is inspect.Parameter.empty or isinstance(held, Described):
                continue
            if isinstance(parameter.default, bool) and not isinstance(held, bool):
                held = held is not None
            found[parameter.name] = held
        return found

    def _constructor(self) -> list[inspect.Parameter]:
        parameters = list(inspect.signature(type(self).__init__).parameters.values())[1:]
        return [p for p in parameters if p.kind is not inspect.Parameter.VAR_POSITIONAL]

    def _call(self) -> str:
        """Return the arguments as one would write them, without those that are the default."""
        held = self.arguments()
        words = []
        for parameter in self._constructor():
            if parameter.name not in held:
                continue
            value = held[parameter.name]
            if parameter.default is inspect.Parameter.empty:
                words.append(f"{_short(value)!r}")
            elif _short(value) != _short(parameter.default):
                words.append(f"{parameter.name}={_short(value)!r}")
        return ", ".join(words)

    def _unknown(self, what: str) -> ArgumentTypeError:
        kind = f"a {type(self).__name__}"
        return ArgumentTypeError(f"It is not known {what.format(kind=kind)}.")


def _short(value: object) -> object:
    """Return 3 for (3, 3), everything else as it is."""
    if isinstance(value, tuple) and len(set(value)) == 1:
        return value[0]
    return value


@dataclass(frozen=True)
class SummaryLine:
    """One layer.

    Attributes:
        name: dotted, as in the state dict.
        kind: of layer, with its settings.
        output_shape: with the batch.
        parameters: how many numbers it has learned.
        multiply_adds: multiplications by weights, each with its addition, as the layer is defined.
        output_bytes: memory of its output.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    output_bytes: int


@dataclass(frozen=True)
class Summary:
    """What :meth:`scratch_layers.module.Module.summary` returns; as text, a table.

    Attributes:
        input_shape: of the input that was run through the network.
        lines: one for every layer, in running order.
        parameters: of the network; those used in several places count once.
    """

    input_shape: tuple[int, ...]
    lines: tuple[SummaryLine, ...]
    parameters: int

    @property
    def multiply_adds(self) -> int:
        """Of all layers."""
        return sum(line.multiply_adds for line in self.lines)

    @property
    def output_bytes(self) -> int:
        """Memory of all outputs, about what training keeps for the backward pass."""
        return sum(line.output_bytes for line in self.lines)

    def __str__(self) -> str:
        rows = [("layer", "kind", "output", "parameters", "multiply-adds", "memory")]
        rows.append(("input", "", _shape(self.input_shape), "", "", ""))
        rows += [
            (line.name, line.kind, _shape(line.output_shape), *_counts(line)) for line in self.lines
        ]
        rows.append(("total", "", "", *_counts(self)))
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        return "\n".join(_aligned(row, widths) for row in rows)


def output_bytes(output: Tensor) -> int:
    """Return how much memory the numbers of a tensor take."""
    return output.numel() * output.element_size()


def _counts(line: SummaryLine | Summary) -> tuple[str, str, str]:
    memory = f"{line.output_bytes / 1024:,.1f} KiB"
    return f"{line.parameters:,}", f"{line.multiply_adds:,}", memory


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    """Texts to the left, numbers to the right."""
    cells = [
        cell.ljust(width) if column < 3 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
