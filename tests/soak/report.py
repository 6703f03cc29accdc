"""The soak's table: as Markdown and JSON files, written anew after every stage."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_app.services.atomic_files import write_atomically
from tests.soak.row import Row

JSON_FILE, MARKDOWN_FILE = "soak.json", "soak.md"


@dataclass(frozen=True)
class Report:
    """All that was measured.

    Attributes:
        facts: about the machine and the run.
        stages: rows by the title of their stage.
        short: whether this was the short version.
    """

    facts: Mapping[str, Any]
    stages: Mapping[str, Sequence[Row]]
    short: bool = False

    @property
    def kept(self) -> bool:
        """Whether every figure is within its limit."""
        return all(row.kept for rows in self.stages.values() for row in rows)

    def markdown(self) -> str:
        """Return the facts and one table over all stages."""
        facts = ", ".join(
            f"{name.replace('_', ' ')}: {value}" for name, value in self.facts.items()
        )
        kind = "Short version. " if self.short else ""
        return f"{kind}{facts}\n\n{self.table()}\n"

    def table(self) -> str:
        """Return one Markdown table, with a line for every figure."""
        lines = ["| What | Measured | At most | Kept |", "|---|---:|---:|---|"]
        for title, rows in self.stages.items():
            lines.append(f"| **{title}** | | | |")
            lines += [_line(row) for row in rows]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            "format": 1,
            "short": self.short,
            "facts": dict(self.facts),
            "stages": {
                title: [row.as_json() for row in rows] for title, rows in self.stages.items()
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Report:
        """Return the report that :meth:`as_json` gave."""
        stages = {
            title: [
                Row(**{key: value for key, value in row.items() if key != "kept"}) for row in rows
            ]
            for title, rows in stored["stages"].items()
        }
        return cls(stored["facts"], stages, stored["short"])

    def write(self, folder: Path) -> None:
        """Write ``soak.md`` and ``soak.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.as_json(), indent=2) + "\n"
        for name, content in ((JSON_FILE, text), (MARKDOWN_FILE, self.markdown())):
            data = content.encode("utf-8")
            write_atomically(folder / name, lambda file, data=data: file.write(data))


def _line(row: Row) -> str:
    name = f"{row.name} ({row.note})" if row.note else row.name
    allowed = "" if row.at_most is None else _figure(row.at_most, row.unit)
    kept = "" if row.at_most is None else ("yes" if row.kept else "**no**")
    cells = (name, _figure(row.value, row.unit), allowed, kept)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _figure(value: float, unit: str) -> str:
    shown = f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.2f}"
    return f"{shown} {unit}".strip()
