"""Reads Python source and lists what would make the library less than written from scratch.

The library may use torch's tensors, their arithmetic, products and views. Whatever does the work
of a layer, a loss, an optimizer or a backward pass must be the library's own. The rules come from
torch itself where that is possible: a function that ``torch.nn.functional`` offers too does a
layer's work, wherever else torch offers it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import NamedTuple

import torch
import torch.nn.functional

ALLOWED_PACKAGES = frozenset(
    {"torch", "safetensors", "psutil", "scratch_layers", "typing_extensions"}
)
# These parts of the standard library read code or objects from files, or hide what is imported.
FORBIDDEN_STANDARD_MODULES = frozenset(
    {"ctypes", "importlib", "marshal", "pickle", "pickletools", "runpy", "shelve", "tkinter"}
)
FORBIDDEN_BUILTINS = frozenset({"__import__", "compile", "eval", "exec"})

ALLOWED_TORCH_MODULES = frozenset(
    {"accelerator", "backends", "cpu", "cuda", "fft", "linalg", "mps", "random", "version", "xpu"}
)
# Elementary mathematics although torch.nn.functional has (or uses) something of the same name.
ELEMENTARY = frozenset({"Tensor", "tanh", "tanh_", "unfold"})
OTHER_FORBIDDEN_TORCH_NAMES = frozenset(
    {
        *("compile", "enable_grad", "vmap", "load", "save", "from_numpy", "sigmoid_"),
        *("gru", "gru_cell", "lstm", "lstm_cell", "constant_pad_nd", "affine_grid_generator"),
    }
)
FORBIDDEN_TORCH_PATTERN = re.compile(
    r"conv|(^|_)(cudnn|fbgemm|miopen|mkldnn|native|quantized|rnn)_|_loss$|dropout|_norm$|grid_sampler"
    r"|^_"
)
# Norms of vectors and matrices are not normalisation layers.
LINEAR_ALGEBRA_NORMS = frozenset({"norm", "vector_norm", "matrix_norm", "linalg_norm"})
AUTOGRAD_ATTRIBUTES = frozenset(
    {"grad", "grad_fn", "register_hook", "requires_grad", "requires_grad_", "retain_grad"}
)
FORBIDDEN_TENSOR_METHODS = (
    frozenset(
        name
        for name in dir(torch.Tensor)
        if hasattr(torch.nn.functional, name) and not name.startswith("__")
    )
    | {"sigmoid_", "numpy"}
    | AUTOGRAD_ATTRIBUTES
) - ELEMENTARY


class Violation(NamedTuple):
    """One line of source that breaks the rules."""

    line: int
    what: str


def violations(source: str) -> list[Violation]:
    """Everything in ``source`` that the library must not do, in the order of the lines."""
    tree = ast.parse(source)
    aliases = _aliases(tree)
    found = {violation for node in ast.walk(tree) for violation in _violations_at(node, aliases)}
    return sorted(found)


def _violations_at(node: ast.AST, aliases: dict[str, str]) -> Iterator[Violation]:
    if isinstance(node, ast.Import):
        for name in node.names:
            yield from _check_import(node.lineno, name.name)
    elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        yield from _check_import(node.lineno, node.module)
        for name in node.names:
            yield from _check_dotted(node.lineno, f"{node.module}.{name.name}")
    elif isinstance(node, ast.Attribute):
        yield from _check_attribute(node, aliases)
    elif isinstance(node, ast.Call):
        yield from _check_call(node, aliases)


def _check_import(line: int, module: str) -> Iterator[Violation]:
    package = module.split(".")[0]
    standard = package in sys.stdlib_module_names and package not in FORBIDDEN_STANDARD_MODULES
    if not standard and package not in ALLOWED_PACKAGES:
        yield Violation(line, f"imports {module}")
    yield from _check_dotted(line, module)


def _check_dotted(line: int, dotted: str) -> Iterator[Violation]:
    package, *names = dotted.split(".")
    if package == "torch" and names and _is_forbidden_in_torch(names):
        yield Violation(line, f"uses {dotted}")


def _is_forbidden_in_torch(names: list[str]) -> bool:
    first = names[0]
    if first == "*":
        return True
    if first == "Tensor":
        return len(names) > 1 and names[1] in FORBIDDEN_TENSOR_METHODS
    if first in ELEMENTARY or first in LINEAR_ALGEBRA_NORMS:
        return False
    if first in OTHER_FORBIDDEN_TORCH_NAMES or FORBIDDEN_TORCH_PATTERN.search(first):
        return True
    member = getattr(torch, first, None)
    if isinstance(member, ModuleType):
        return first not in ALLOWED_TORCH_MODULES
    return callable(member) and hasattr(torch.nn.functional, first)


def _check_attribute(node: ast.Attribute, aliases: dict[str, str]) -> Iterator[Violation]:
    dotted = _dotted_name(node, aliases)
    if dotted is not None:
        yield from _check_dotted(node.lineno, dotted)
        return
    # A module may call its own parts what it likes: self.sigmoid is not a tensor's method.
    own_part = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
    if node.attr in FORBIDDEN_TENSOR_METHODS and not own_part:
        yield Violation(node.lineno, f"uses .{node.attr} of a tensor")


def _check_call(node: ast.Call, aliases: dict[str, str]) -> Iterator[Violation]:
    for keyword in node.keywords:
        if keyword.arg == "requires_grad":
            yield Violation(node.lineno, "asks for requires_grad")
    if not isinstance(node.func, ast.Name):
        return
    if node.func.id in FORBIDDEN_BUILTINS:
        yield Violation(node.lineno, f"calls {node.func.id}")
    if node.func.id == "getattr" and len(node.args) > 1:
        yield from _check_getattr(node, aliases)


def _check_getattr(node: ast.Call, aliases: dict[str, str]) -> Iterator[Violation]:
    holder, name = _dotted_name(node.args[0], aliases), node.args[1]
    if not isinstance(name, ast.Constant):
        if holder is not None and holder.split(".")[0] == "torch":
            yield Violation(node.lineno, f"looks up a name in {holder} that cannot be read here")
    elif holder is not None:
        yield from _check_dotted(node.lineno, f"{holder}.{name.value}")
    elif name.value in FORBIDDEN_TENSOR_METHODS:
        yield Violation(node.lineno, f"uses .{name.value} of a tensor")


def _aliases(tree: ast.Module) -> dict[str, str]:
    """What every imported name of the file stands for: ``F`` -> ``torch.nn.functional``."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                first = name.name.split(".")[0]
                aliases[name.asname or first] = name.name if name.asname else first
        elif isinstance(node, ast.ImportFrom):
            for name in node.names:
                aliases[name.asname or name.name] = f"{node.module or ''}.{name.name}"
    return aliases


def _dotted_name(node: ast.expr, aliases: dict[str, str]) -> str | None:
    """``torch.nn.Conv2d`` for that attribute chain; ``None`` unless it starts at an import."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in aliases:
        return None
    return ".".join([aliases[node.id], *reversed(names)])
