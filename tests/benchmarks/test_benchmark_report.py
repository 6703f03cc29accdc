"""Rows, targets and tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.report import Report, terminal_head, terminal_row
from tests.benchmarks.row import Quantity, Row, Target, gflops


def test_ratio_and_speed_follow_from_the_times() -> None:
    assert Row("a", scratch_ms=3.0, other_ms=4.0).ratio == 0.75
    assert Row("a", scratch_mib=300.0, other_mib=400.0).memory_ratio == 0.75
    assert Row("a", scratch_ms=3.0).ratio is None
    assert gflops(multiply_adds=5e8, milliseconds=10.0) == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("quantity", "achieved"), [("ratio", 0.5), ("ms", 10), ("MiB", 100), ("memory ratio", 2)]
)
def test_a_target_is_about_one_quantity(quantity: Quantity, achieved: float) -> None:
    measured = {"scratch_ms": 10, "other_ms": 20, "scratch_mib": 100, "other_mib": 50}
    row = Row("a", **measured, target=Target(quantity, achieved))
    assert (row.achieved, row.reached) == (achieved, True)
    assert Row("a", **measured, target=Target(quantity, achieved * 0.99)).reached is False
    assert Row("a", target=Target(quantity, achieved)).reached is None


def test_reports_show_what_was_and_was_not_measured(tmp_path: Path) -> None:
    groups = {
        "Layers": [Row("fast", 1.0, 2.0, other="torch.nn", target=Target("ratio", 0.6))],
        "Files": [
            Row("slow", 1234.5, target=Target("ms", 1000)),
            Row("gone", target=Target("MiB", 100), note="a | b is not installed"),
        ],
    }
    report = Report({"processor": "a machine"}, groups)
    report.write(tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        "benchmarks.json",
        "benchmarks.md",
    }
    lines = report.markdown().splitlines()
    assert "| Layers: fast | 0.50 | ratio <= 0.60 | yes |" in lines
    assert "| Files: slow | 1,234 | ms <= 1,000 | **no** |" in lines
    assert "| Files: gone |  | MiB <= 100 | not measured |" in lines
    assert "| slow | 1,234 | ms <= 1,000: missed |  |" in lines
    assert "| gone |  | MiB <= 100: not measured | a \\| b is not installed |" in lines
    assert "| fast | 1 | 2 | 0.50 | ratio <= 0.60: reached | torch.nn |" in lines
    assert report.as_json()["groups"]["Layers"][0]["reached"] is True


def test_columns_stand_below_their_heads() -> None:
    row = Row("a row", 12.3456, 45.6789, other="torch.nn")
    head, line = terminal_head(), terminal_row(row)
    for title, cell in (("scratch ms", "12.3"), ("other ms", "45.7")):
        assert head.index(title) + len(title) == line.index(cell) + len(cell)
    assert head.index("other side") == line.index("torch.nn")
