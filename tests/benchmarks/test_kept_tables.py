"""Tables that are kept: told from those of other machines, compared, shown on the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import kept

MACHINE = {
    "processor": "AMD EPYC (7)",
    "cores": 2,
    "device": "cpu",
    "date": "2026-01-02",
    "vector_instructions": "AVX512",
    "bfloat16": "native",
    "torch": "2.13",
}


def table(ratio: float, title: str = "Conv2d") -> dict[str, Any]:
    target = {"quantity": "ratio", "at_most": 1.1}
    row = {"name": "8 to 8", "scratch_ms": 3.0, "other_ms": 3.0 / ratio, "ratio": ratio}
    steady = {"name": "1 to 1", "ratio": 1.0}
    reached = ratio <= target["at_most"]
    rows = [{**row, "target": target, "reached": reached}, steady]
    return {"machine": MACHINE, "groups": {title: rows}}


def test_a_table_is_kept_compared_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, picture = tmp_path / "speed.md", tmp_path / "speed.png"
    page.write_text(f"before\n{kept.BEGIN}\nold\n{kept.END}\nafter\n")
    for name, value in (("FOLDER", tmp_path), ("PAGE", page), ("PICTURE", picture)):
        monkeypatch.setattr(kept, name, value)
    show = kept.show
    monkeypatch.setattr(kept, "show", lambda: show(page, picture, tmp_path))
    assert kept.changes(table(1.0)) == ["No table of such a machine is kept yet."]
    kept.keep(table(1.0))
    kept.keep(table(1.05, "Upsampling"))
    assert kept.place(MACHINE).name == "amd-epyc-7-2-cores-cpu.json"
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "1 to 1" not in text
    assert "**Conv2d** (2026-01-02" in text
    assert "| 8 to 8 | 3 | 2.86 | 1.05 | ratio 1.1 |  |" in text
    assert picture.read_bytes().startswith(b"\x89PNG")
    first, worse = kept.changes(table(1.2))
    assert first.startswith("1 of 2 ratios differ")
    assert worse == "  Conv2d: 8 to 8: 1.00 -> 1.20"
