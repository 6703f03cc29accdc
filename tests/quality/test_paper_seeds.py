"""Several runs of the paper's experiment become one table."""

from __future__ import annotations

import json
from pathlib import Path

from tests.quality.paper_seeds import table


def test_runs_of_several_seeds_are_put_together(tmp_path: Path) -> None:
    for seed, psnr in enumerate((20.0, 21.0, 22.0)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        rows = [{"rate": None, "psnr": 19.5}, {"rate": 0.3, "psnr": psnr}]
        (folder / "report.json").write_text(json.dumps({"rows": rows}), encoding="utf-8")
    lines = table(sorted(tmp_path.iterdir())).splitlines()
    assert lines[2] == "| noisy input | 3 | 19.50 | 0.00 |"
    assert lines[3] == "| 0.3 | 3 | 21.00 | 1.00 |"
    assert lines[-1].endswith("| 21.38 | |")
