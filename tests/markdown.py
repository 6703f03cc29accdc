"""Parts of Markdown pages that are made of something else, between ``<!-- name -->`` comments."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def part(text: str, name: str) -> str:
    """What stands between ``<!-- name -->`` and ``<!-- end of name -->``.

    Raises:
        ValueError: the page has no such part.
    """
    return _split(text, name)[1].strip("\n")


def with_part(text: str, name: str, content: str) -> str:
    """The page with ``content`` as that part.

    Raises:
        ValueError: the page has no such part.
    """
    before, _, after = _split(text, name)
    return f"{before}\n\n{content}\n\n{after}"


def fill(page: Path, name: str, content: str) -> None:
    """Write a part of a page anew."""
    new = page.with_suffix(".new")
    new.write_text(with_part(page.read_text(encoding="utf-8"), name, content), encoding="utf-8")
    os.replace(new, page)


def _split(text: str, name: str) -> tuple[str, str, str]:
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    if start not in text or end not in text:
        raise ValueError(f"The page has no part between {start} and {end}.")
    before, rest = text.split(start, 1)
    inside, after = rest.split(end, 1)
    return before + start, inside, end + after
