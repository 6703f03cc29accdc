"""Puts the table of the last soak into docs/reliability.md: python -m tests.soak.page [FOLDER]"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.markdown import PROJECT, fill
from tests.soak.report import JSON_FILE, Report

PAGE = PROJECT / "docs/reliability.md"
PART = "soak"


def main(arguments: Sequence[str]) -> int:
    """Fill the page's part from a folder of results, soak-results by default."""
    file = Path(arguments[0] if arguments else "soak-results") / JSON_FILE
    report = Report.from_json(json.loads(file.read_text(encoding="utf-8")))
    fill(PAGE, PART, report.markdown().strip("\n"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
