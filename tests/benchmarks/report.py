"""The table: on the terminal line by line, then as Markdown and JSON files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_app.services.atomic_files import write_atomically
from tests.benchmarks.row import Row, Target


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes:
        title: its head.
        width: characters on the terminal.
        text: what it shows of a row; empty where the quantity does not apply.
    """

    title: str
    width: int
    text: Callable[[Row], str]


def _number(value: float | None) -> str:
    """Three figures that count, without an exponent."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _target(row: Row) -> str:
    if row.target is None:
        return ""
    verdict = {True: "reached", False: "missed", None: "not measured"}[row.reached]
    return f"{_goal(row.target)}: {verdict}"


def _goal(target: Target) -> str:
    value = target.at_most
    shown = f"{value:.2f}" if "ratio" in target.quantity else f"{value:,.0f}"
    return f"{target.quantity} <= {shown}"


COLUMNS = (
    Column("what", 66, lambda row: row.name),
    Column("scratch ms", 10, lambda row: _number(row.scratch_ms)),
    Column("other ms", 10, lambda row: _number(row.other_ms)),
    Column("ratio", 6, lambda row: _ratio(row.ratio)),
    Column("scratch GFLOP/s", 15, lambda row: _number(row.scratch_gflops)),
    Column("other GFLOP/s", 13, lambda row: _number(row.other_gflops)),
    Column("scratch MiB", 11, lambda row: _number(row.scratch_mib)),
    Column("other MiB", 9, lambda row: _number(row.other_mib)),
    Column("target", 29, _target),
    Column("other side; note", 0, lambda row: "; ".join(filter(None, (row.other, row.note)))),
)
_WORDS = {"what", "target", "other side; note"}
"""Columns that are read from the left; the others hold numbers."""

EXPLANATION = (
    "Times are medians; where there are two sides they took turns in one process. "
    "Ratio is scratch by other: under 1 the layers of this project are faster. GFLOP/s count the "
    "arithmetic as the layers define it, of which a fast algorithm needs less. MiB is the peak "
    "resident memory of a process that does nothing else, the interpreter and torch included."
)


def terminal_line(cells: Sequence[str]) -> str:
    """Return one line of the table on a terminal."""
    return " ".join(_padded(cell, column) for cell, column in zip(cells, COLUMNS, strict=True))


def terminal_head() -> str:
    """Return the table's first line on a terminal."""
    return terminal_line([column.title for column in COLUMNS])


def terminal_row(row: Row) -> str:
    """Return a row on a terminal."""
    return terminal_line([column.text(row) for column in COLUMNS])


def _padded(cell: str, column: Column) -> str:
    return cell.ljust(column.width) if column.title in _WORDS else cell.rjust(column.width)


@dataclass(frozen=True)
class Report:
    """All that was measured.

    Attributes:
        machine: facts about the machine and the run.
        groups: rows by the title of their group.
        quick: whether this was only a check that everything runs.
    """

    machine: Mapping[str, Any]
    groups: Mapping[str, Sequence[Row]]
    quick: bool = False

    def markdown(self) -> str:
        """Return a section for the machine, one for the targets and one for every group."""
        parts = ["# Benchmarks", self._machine_sentence(), EXPLANATION]
        if self.quick:
            parts.append("**A quick run: the figures mean nothing.**")
        targeted = [row for rows in self.groups.values() for row in rows if row.target]
        if targeted:
            parts += ["## Figures to reach", _targets_table(self.groups)]
        for title, rows in self.groups.items():
            parts += [f"## {title}", _table(rows)]
        return "\n\n".join(parts) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            "format": 1,
            "quick": self.quick,
            "machine": dict(self.machine),
            "groups": {
                title: [row.as_json() for row in rows] for title, rows in self.groups.items()
            },
        }

    def write(self, folder: Path) -> None:
        """Write ``benchmarks.md`` and ``benchmarks.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.as_json(), indent=2) + "\n"
        for name, content in (("benchmarks.json", text), ("benchmarks.md", self.markdown())):
            data = content.encode("utf-8")
            write_atomically(folder / name, lambda file, data=data: file.write(data))

    def _machine_sentence(self) -> str:
        return ", ".join(
            f"{name.replace('_', ' ')}: {value}" for name, value in self.machine.items()
        )


def _table(rows: Sequence[Row]) -> str:
    columns = [column for column in COLUMNS if any(column.text(row) for row in rows)]
    return markdown_table(
        [(column.title, column.title in _WORDS) for column in columns],
        [[column.text(row) for column in columns] for row in rows],
    )


def _targets_table(groups: Mapping[str, Sequence[Row]]) -> str:
    lines = []
    for title, rows in groups.items():
        for row in rows:
            if row.target is not None:
                achieved = row.achieved
                is_ratio = "ratio" in row.target.quantity
                shown = _ratio(achieved) if is_ratio else _number(achieved)
                verdict = {True: "yes", False: "**no**", None: "not measured"}[row.reached]
                lines.append([f"{title}: {row.name}", shown, _goal(row.target), verdict])
    heads = [("what", True), ("measured", False), ("target", True), ("reached", True)]
    return markdown_table(heads, lines)


def markdown_table(heads: Sequence[tuple[str, bool]], lines: Sequence[Sequence[str]]) -> str:
    """Return a table of heads, each with whether it is read from the left, and lines of cells."""
    rule = ["---" if is_text else "---:" for _, is_text in heads]
    table = [[title for title, _ in heads], rule, *lines]
    return "\n".join("| " + " | ".join(_escaped(cells)) + " |" for cells in table)


def _escaped(cells: Sequence[str]) -> list[str]:
    return [cell.replace("|", "\\|") for cell in cells]
