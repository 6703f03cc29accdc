"""The README's file map, made of the first sentence of every source file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("desktop_app", "scratch_layers")


def file_map() -> str:
    """The map: a table for each folder, a line for each file."""
    lines = (line for package in PACKAGES for line in _package_lines(PROJECT / package))
    return "\n".join(lines).strip("\n")


def _package_lines(package: Path) -> Iterator[str]:
    for folder in sorted({path.parent for path in package.rglob("*.py")}):
        yield ""
        yield f"**`{folder.relative_to(PROJECT).as_posix()}/`**: {_summary(folder / '__init__.py')}"
        files = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
        if files:
            yield from ("", "| File | What it holds |", "|---|---|")
            yield from (f"| `{path.name}` | {_summary(path)} |" for path in files)


def _summary(path: Path) -> str:
    """The first sentence or paragraph of a module's docstring, in Markdown."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = " ".join(docstring.split("\n\n")[0].split())
    first = re.sub(r":\w+:`~?([^`]*)`", r"`\1`", first).replace("``", "`")
    return first.removesuffix(".").replace("|", r"\|")
