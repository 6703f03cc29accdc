"""A network as a table: shapes, parameters, multiplications and memory of every layer."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


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
