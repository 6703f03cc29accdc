"""What runs by itself, before a commit and on a server, runs what people run by hand."""

from __future__ import annotations

import importlib.util
import re

import pytest

from tests.markdown import PROJECT

MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")
WORKFLOWS = sorted((PROJECT / ".github/workflows").glob("*.yml"))


def test_a_commit_is_linted_as_make_lint_does() -> None:
    text = (PROJECT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    hooks = re.findall(r"entry: \.venv/bin/python -m (.+)$", text, flags=re.MULTILINE)
    recipe = MAKEFILE.split("\nlint:", 1)[1].split("\n\n", 1)[0]
    linters = re.findall(r"-m (.+)$", recipe, flags=re.MULTILINE)
    assert linters
    assert hooks == [linter.removesuffix(" .") for linter in linters]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_call_what_exists(workflow) -> None:
    text = workflow.read_text(encoding="utf-8")
    for target in re.findall(r"\bmake (\w+) PYTHON", text):
        assert re.search(rf"^{target}:", MAKEFILE, flags=re.MULTILINE), target
    for module in re.findall(r"python -m (tests[\w.]*)", text):
        assert importlib.util.find_spec(module), module
    versions = re.findall(r'"(3\.\d+)"', text)
    classifiers = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    assert versions
    assert all(f"Python :: {version}" in classifiers for version in versions)
