"""The examples of the documentation run, are short, and reach what they promise."""

from __future__ import annotations

import inspect
import re
import runpy
import sys
from pathlib import Path

import pytest
import torch

import scratch_layers
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


def test_every_public_name_of_the_library_has_a_page() -> None:
    text = (PROJECT / "docs" / "library.rst").read_text(encoding="utf-8")
    listed = re.findall(r"^   (\w+)$", text, flags=re.MULTILINE)
    assert sorted(listed) == sorted(scratch_layers.__all__)


@pytest.mark.parametrize("name", scratch_layers.__all__)
def test_what_has_a_page_says_what_it_computes_and_takes(name: str) -> None:
    """Every argument of the constructor is explained, and what is raised is named."""
    thing = getattr(scratch_layers, name)
    text = inspect.getdoc(thing) or ""
    assert len(text.splitlines()[0]) > 20
    if not inspect.isclass(thing) or thing.__init__ is object.__init__:
        return
    for parameter in inspect.signature(thing).parameters.values():
        if parameter.kind is not inspect.Parameter.VAR_POSITIONAL:
            assert re.search(rf"\b{parameter.name}\b", text), parameter.name
