"""Packages hand out their public names without importing torch for those who need none of it."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = (
    "scratch_layers",
    "scratch_layers.inference",
    "scratch_layers.models",
    "scratch_layers.training",
)
LIGHT = (
    "scratch_layers.errors",
    "scratch_layers.inference.failures",
    "scratch_layers.models.card",
    "scratch_layers.noise_kinds",
    "scratch_layers.training.config",
    "scratch_layers.training.events",
    "scratch_layers.training.events",
)


@pytest.mark.parametrize("name", PACKAGES)
def test_type_checkers_are_told_of_the_same_names(name):
    package = importlib.import_module(name)
    tree = ast.parse(Path(package.__file__).read_text())
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    typed = {(node.module, alias.name) for node in block.body for alias in node.names}
    assert {public for _, public in typed} == set(package.__all__) == set(dir(package))
    for home, public in typed:
        assert getattr(package, public) is getattr(importlib.import_module(home), public)


def test_an_unknown_name_is_refused_as_usual():
    import scratch_layers.models

    with pytest.raises(AttributeError, match=r"'scratch_layers\.models' has no attribute 'Modle'"):
        scratch_layers.models.Modle  # noqa: B018


def test_what_needs_no_tensors_needs_no_torch():
    script = f"import sys, {', '.join((*PACKAGES, *LIGHT))}\nassert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
