"""No file needs, through whatever others, a file that needs it: each can be read by itself."""

from __future__ import annotations

import grimp
import pytest

PACKAGES = ("desktop_app", "scratch_layers")


def circles(graph: grimp.ImportGraph) -> list[set[str]]:
    """Groups of modules that import each other, by Tarjan's algorithm.

    Source:
        R. Tarjan, Depth-first search and linear graph algorithms, SIAM J. Comput. 1 (1972).
    """
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    found: list[set[str]] = []

    def visit(module: str) -> None:
        index[module] = lowest[module] = len(index)
        path.append(module)
        for other in graph.find_modules_directly_imported_by(module):
            if other not in index:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in path:
                lowest[module] = min(lowest[module], index[other])
        if lowest[module] == index[module]:
            group = set(path[path.index(module) :])
            del path[path.index(module) :]
            if len(group) > 1:
                found.append(group)

    for module in sorted(graph.modules):
        if module not in index:
            visit(module)
    return found


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Who imports whom, in functions too; what only type checkers see is left out."""
    return grimp.build_graph(*PACKAGES, cache_dir=None, exclude_type_checking_imports=True)


def test_no_imports_go_round_in_a_circle(graph: grimp.ImportGraph) -> None:
    assert graph.modules
    assert circles(graph) == []


def test_a_planted_circle_is_found(graph: grimp.ImportGraph) -> None:
    start, end = "scratch_layers.errors", "desktop_app.__main__"
    graph.add_import(importer=start, imported=end)
    (circle,) = circles(graph)
    graph.remove_import(importer=start, imported=end)
    assert {start, end} <= circle
