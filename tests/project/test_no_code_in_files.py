"""Nothing that the program reads can hold code: only safetensors and JSON are ever loaded."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("desktop_app", "scratch_layers")

MODULES = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
MODULES |= {"yaml", "jsonpickle", "code", "codeop", "runpy", "socket", "ssl", "http"}
MODULES |= {"urllib.request.urlopen", "requests", "ftplib", "smtplib", "telnetlib", "xmlrpc"}
CALLS = {"eval", "exec", "compile", "__import__", "torch.load", "torch.hub.load", "torch.jit.load"}
CALLS |= {"numpy.load", "np.load", "np.fromfile", "yaml.load", "importlib.import_module"}
CALLS |= {"os.system", "os.popen", "urlopen", "torch.utils.model_zoo.load_url"}


def _sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (PROJECT / package).rglob("*.py"))


def dangers(source: str) -> Iterator[str]:
    """Name everything in a source text that could run what a file holds, or reach the network."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [node.module or ""]
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in CALLS or called.split(".")[0] in MODULES:
                yield f"line {node.lineno}: {called}"
            names = []
        else:
            names = []
        for name in names:
            if name in MODULES or name.split(".")[0] in MODULES:
                yield f"line {node.lineno}: import {name}"


@pytest.mark.parametrize("path", _sources(), ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_no_source_can_run_what_a_file_holds_or_reach_the_network(path: Path) -> None:
    assert list(dangers(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from pickle import loads", "import torch\ntorch.load('x')",
        "eval('1')", "import yaml\nyaml.load('x')", "np.load('x', allow_pickle=True)",
        "import socket", "from urllib.request import urlopen", "import http.client",
        "__import__('os')",
    ],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(source: str) -> None:
    assert list(dangers(source))


def test_the_search_lets_ordinary_code_be() -> None:
    source = "import json, re\nre.compile('x')\njson.loads('1')\nself.load('x')"
    assert list(dangers(source)) == []
