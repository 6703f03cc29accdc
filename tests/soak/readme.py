"""Puts the table of the last soak into the README: python -m tests.soak.readme [FOLDER]"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.soak.report import JSON_FILE, Report

README = Path(__file__).resolve().parents[2] / "README.md"
START, END = "<!-- soak -->", "<!-- end of soak -->"


def main(arguments: Sequence[str]) -> int:
    """Fill the README's section from a folder of results, soak-results by default."""
    file = Path(arguments[0] if arguments else "soak-results") / JSON_FILE
    report = Report.from_json(json.loads(file.read_text(encoding="utf-8")))
    text = filled(README.read_text(encoding="utf-8"), report)
    new = README.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, README)
    return 0


def filled(text: str, report: Report) -> str:
    """Return the README's text with the report between its markers."""
    before, rest = text.split(START, 1)
    _, after = rest.split(END, 1)
    return f"{before}{START}\n\n{report.markdown()}\n{END}{after}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
