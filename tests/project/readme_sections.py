"""The parts of the README that are made of the project itself.

``python -m tests.project.readme_sections`` (part of ``make format``) brings them up to date.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.project.model_table import model_table

README = Path(__file__).resolve().parents[2] / "README.md"
SECTIONS = {"models": model_table}


def in_readme(section: str) -> str:
    """A part as the README has it."""
    return _split(README.read_text(encoding="utf-8"), section)[1].strip("\n")


def update() -> None:
    """Write every part anew."""
    text = README.read_text(encoding="utf-8")
    for section, make in SECTIONS.items():
        before, _, after = _split(text, section)
        text = f"{before}\n\n{make()}\n\n{after}"
    new = README.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, README)


def _split(text: str, section: str) -> tuple[str, str, str]:
    start, end = f"<!-- {section} -->", f"<!-- end of {section} -->"
    before, rest = text.split(start, 1)
    inside, after = rest.split(end, 1)
    return before + start, inside, end + after


if __name__ == "__main__":
    update()
