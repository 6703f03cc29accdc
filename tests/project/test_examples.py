"""The examples of the documentation run, are short, and reach what they promise."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest
import torch

from tests.markdown import PROJECT

FOLDER = PROJECT / "docs" / "examples"
EXAMPLES = sorted(FOLDER.glob("[0-9]*.py"))
MOST_LINES = 80


def test_the_examples_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:2]) for path in EXAMPLES]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 7


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_and_is_short(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each ends in an assertion of what it has reached."""
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) < MOST_LINES
    assert re.search(r"^ *(assert|torch\.testing\.assert_close)", source, flags=re.MULTILINE)
    monkeypatch.syspath_prepend(str(FOLDER))
    with torch.random.fork_rng(devices=[]):
        runpy.run_path(str(path), run_name="__main__")
    sys.modules.pop("digits", None)
    assert capsys.readouterr().out
