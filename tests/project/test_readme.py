"""What the README says is true of the checkout that it lies in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from desktop_app import cli
from tests.project.readme_sections import README as README_PATH
from tests.project.readme_sections import SECTIONS, in_readme

PROJECT = Path(__file__).resolve().parents[2]
README = README_PATH.read_text(encoding="utf-8")


@pytest.mark.parametrize("section", SECTIONS)
def test_what_is_made_of_the_project_is_up_to_date(section: str) -> None:
    advice = "`make format` brings the README up to date"
    assert in_readme(section) == SECTIONS[section](), advice


def test_links_and_pictures_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (PROJECT / target).exists()] == []


def test_every_command_is_shown() -> None:
    shown = set(re.findall(r"^scratch-denoiser ([a-z]+)", README, flags=re.MULTILINE))
    assert set(cli.command_names()) <= shown


def test_python_example_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(example.replace("range(100)", "range(2)"), "README.md", "exec"), names)
    assert names["network"]


def test_every_dependency_is_explained() -> None:
    table = README.split("## What it depends on", 1)[1].split("\n## ", 1)[0]
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    block = text.split("\ndependencies = [", 1)[1].split("]", 1)[0]
    names = re.findall(r'"([a-z0-9-]+)', block)
    assert names
    assert [name for name in names if name not in table] == []
