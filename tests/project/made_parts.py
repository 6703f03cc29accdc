"""The parts of README and docs that are made of the project itself.

``python -m tests.project.made_parts`` (in ``make format``) brings them up to date.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.markdown import PROJECT, fill, part
from tests.project.model_tables import card_table, short_table


class MadePart(NamedTuple):
    """A part of a page, and the function that makes its text."""

    page: Path
    name: str
    make: Callable[[], str]

    @property
    def is_up_to_date(self) -> bool:
        """Whether the page has what would be made now."""
        return part(self.page.read_text(encoding="utf-8"), self.name) == self.make()


MADE_PARTS = (
    MadePart(PROJECT / "README.md", "models", short_table),
    MadePart(PROJECT / "docs/quality.md", "model cards", card_table),
)

if __name__ == "__main__":
    for made in MADE_PARTS:
        fill(made.page, made.name, made.make())
