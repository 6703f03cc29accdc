"""The last table of every kind of machine, kept in the repository: compared with, and shown.

``python -m tests.benchmarks.kept`` writes ``docs/speed.md`` and its picture again.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from tests.benchmarks.peak_memory import PROJECT
from tests.benchmarks.report import markdown_table

FOLDER = Path(__file__).parent / "kept"
PAGE, PICTURE = PROJECT / "docs" / "speed.md", PROJECT / "docs" / "speed.png"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

NOTABLE = 0.1
"""A ratio that changed by less than this part is noise."""

HEADS = [("what", True), ("scratch ms", False), ("other ms", False), ("ratio", False)]
HEADS += [("to reach", True), ("note", True)]
Table = dict[str, Any]
"""A report as JSON values, see :mod:`report`."""


def place(machine: dict[str, Any]) -> Path:
    """Return where the table of such a machine is kept."""
    name = f"{machine['processor']} {machine['cores']} cores {machine['device']}"
    return FOLDER / f"{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')}.json"


def changes(table: Table) -> list[str]:
    """Say how the ratios differ from those that are kept of such a machine, largest first."""
    path = place(table["machine"])
    if not path.exists():
        return ["No table of such a machine is kept yet."]
    kept = json.loads(path.read_text(encoding="utf-8"))
    before, now = _ratios(kept), _ratios(table)
    found = {name: now[name] / before[name] for name in now if before.get(name)}
    notable = [name for name in found if abs(found[name] - 1) > NOTABLE]
    notable.sort(key=found.__getitem__, reverse=True)
    date = kept["machine"]["date"]
    lines = [f"{len(notable)} of {len(found)} ratios differ from those of {date} by over 10 %."]
    return lines + [f"  {name}: {before[name]:.2f} -> {now[name]:.2f}" for name in notable]


def keep(table: Table) -> None:
    """Keep a table in place of the last one of such a machine, and show it.

    Groups that were not measured this time stay as they were, with their own date and load.
    """
    path = place(table["machine"])
    path.parent.mkdir(exist_ok=True)
    machine = table["machine"]
    when = f"{machine['date']}, load {machine.get('load_before', 'unknown')}"
    former = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    merged = {
        **table,
        "groups": {**former.get("groups", {}), **table["groups"]},
        "measured": {**former.get("measured", {}), **dict.fromkeys(table["groups"], when)},
    }
    path.write_text(json.dumps(merged, indent=1) + "\n", encoding="utf-8")
    show()


def show(page: Path = PAGE, picture: Path = PICTURE, folder: Path = FOLDER) -> None:
    """Write the kept tables between the marks of the page, and the bars of their ratios."""
    tables = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))
    ]
    text = page.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    rows = [row for table in tables for row in _targeted(table)]
    parts = [f"{BEGIN}\n", *map(_section, tables), END]
    if rows:
        draw(rows, picture)
        parts.insert(1, f"![Bars of the ratios that have a figure to reach]({picture.name})\n")
    page.write_text(head + "\n".join(parts) + tail, encoding="utf-8")


def draw(rows: list[dict[str, Any]], picture: Path) -> None:
    """Draw a bar for the ratio of every row; shorter is faster."""
    figure = Figure(figsize=(9, 1 + 0.28 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    names, ratios = [row["name"] for row in rows], [row["ratio"] for row in rows]
    colours = ["tab:green" if row["reached"] else "tab:gray" for row in rows]
    places = range(len(rows))
    axes.barh(places, ratios, color=colours)
    axes.set_yticks(places, names, fontsize=7)
    axes.invert_yaxis()
    axes.plot([row["target"]["at_most"] for row in rows], places, "k|", markersize=9)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xlabel("time as a part of torch.nn's (green: the figure to reach, |, is reached)")
    figure.savefig(picture, dpi=110, metadata={"Software": None})


def _section(table: Table) -> str:
    machine = table["machine"]
    sentence = (
        f"{machine['processor']}, {machine['cores']} cores, {machine['vector_instructions']}, "
        f"bfloat16 {machine['bfloat16']}, torch {machine['torch']}"
    )
    parts = [f"### {sentence}", ""]
    for title, rows in table["groups"].items():
        lines = [_line(row) for row in rows if _is_shown(title, row)]
        if lines:
            heading = f"**{title}** ({table['measured'][title]})"
            parts += [heading, "", markdown_table(HEADS, lines), ""]
    return "\n".join(parts)


def _is_shown(title: str, row: dict[str, Any]) -> bool:
    return "target" in row or title in ("Parallel regions of a call", "More cores")


def _line(row: dict[str, Any]) -> list[str]:
    ratio = row.get("memory_ratio", row.get("ratio"))
    target = row.get("target")
    goal = f"{target['quantity']} {target['at_most']:g}" if target else ""
    numbers = [_number(row.get("scratch_ms")), _number(row.get("other_ms")), _number(ratio)]
    return [row["name"], *numbers, goal, row.get("note", "")]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def _targeted(table: Table) -> list[dict[str, Any]]:
    rows = (row for rows in table["groups"].values() for row in rows)
    return [
        row
        for row in rows
        if "ratio" in row and row.get("target", {}).get("quantity") == "ratio" and "reached" in row
    ]


def _ratios(table: Table) -> dict[str, float]:
    return {
        f"{title}: {row['name']}": row["ratio"]
        for title, rows in table["groups"].items()
        for row in rows
        if "ratio" in row
    }


if __name__ == "__main__":
    show()
