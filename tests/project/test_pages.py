"""What README and docs say is true of the checkout that they lie in."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from desktop_app import cli
from desktop_app.cli.runner import build_parser
from tests.markdown import PROJECT
from tests.project.made_parts import MADE_PARTS, MadePart

README = PROJECT / "README.md"
PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
MOST_BYTES_OF_README = 9_000
FOLDERS = "assets|desktop_app|docs|pretrained|scratch_layers|tests"

every_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix()
)


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _code(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", _text(page), flags=re.DOTALL | re.MULTILINE)


def _commands(page: Path) -> list[str]:
    lines = "\n".join(_code(page, "")).splitlines()
    return [line.split("#")[0].strip() for line in lines if line.startswith("scratch-denoiser ")]


def _anchors(page: Path) -> set[str]:
    """The names under which a page's headings can be linked to."""
    headings = re.findall(r"^#+ (.+)$", _text(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_is_one_page() -> None:
    assert README.stat().st_size <= MOST_BYTES_OF_README


@pytest.mark.parametrize("made", MADE_PARTS, ids=lambda made: made.name)
def test_what_is_made_of_the_project_is_up_to_date(made: MadePart) -> None:
    assert made.is_up_to_date, "`make format` brings it up to date"


@every_page
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", _text(page)):
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        assert not anchor or anchor in _anchors(file), target


@every_page
def test_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(rf"`((?:{FOLDERS})/[\w/.*-]+)`", _text(page))
    assert [name for name in named if not list(PROJECT.glob(name))] == []


@every_page
def test_commands_are_understood(page: Path) -> None:
    parser, complaints = build_parser(), io.StringIO()
    for command in _commands(page):
        if "COMMAND" in command or "KIND" in command:
            continue
        with contextlib.redirect_stderr(complaints), contextlib.suppress(SystemExit):
            parser.parse_args(shlex.split(command)[1:])
    assert not complaints.getvalue()


@every_page
def test_python_examples_run(page: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for example in _code(page, "python"):
        exec(compile(example, page.name, "exec"), names)


def test_the_readme_has_an_example_and_shows_every_command() -> None:
    assert _code(README, "python")
    shown = {command.split()[1] for command in _commands(README)}
    assert set(cli.command_names()) <= shown


def test_every_dependency_is_explained() -> None:
    table = _text(README).split("## What it depends on", 1)[1].split("\n## ", 1)[0]
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    block = text.split("\ndependencies = [", 1)[1].split("]", 1)[0]
    names = re.findall(r'"([a-z0-9-]+)', block)
    assert names
    assert [name for name in names if name not in table] == []
