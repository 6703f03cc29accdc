"""The short versions of the soak, and that its table tells the truth."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from desktop_app.services.models import model_store
from tests.markdown import part, with_part
from tests.soak import (
    closing,
    hour,
    large_picture,
    little_memory,
    margins,
    strangers,
)
from tests.soak.__main__ import main
from tests.soak.page import PAGE, PART
from tests.soak.report import JSON_FILE, MARKDOWN_FILE, Report
from tests.soak.row import Row
from tests.soak.stages import STAGES, Stage

pytestmark = pytest.mark.slow

ROWS = [
    Row("memory", 3.25, 24.0, "MiB", "a note | with a bar"),
    Row("threads", 1, 0),
    Row("rounds", 20),
]


def test_an_hour_of_use_leaves_nothing_behind(tmp_path: Path) -> None:
    broken = [row for row in hour.rows(tmp_path, short=True) if not row.kept]
    assert not broken, broken


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("closing")


@pytest.mark.parametrize("moment", closing.MOMENTS)
def test_closing_ends_all_work_soon_and_loses_nothing(moment: str, folder: Path) -> None:
    for delay in closing.SHORT_DELAYS:
        closed = closing.close_at(moment, delay, folder)
        assert not closed.lost
        # Not the time that passes, which other programs take part of.
        assert closed.processor_seconds < closing.SECONDS_ALLOWED


def test_a_large_picture_stays_within_its_budget(tmp_path: Path) -> None:
    broken = [row for row in large_picture.rows(tmp_path, short=True) if not row.kept]
    assert not broken, broken


def test_too_little_memory_is_explained(tmp_path: Path) -> None:
    broken = [row for row in little_memory.rows(tmp_path, short=True) if not row.kept]
    assert not broken, broken


def test_models_of_strangers_do_no_harm(tmp_path: Path) -> None:
    broken = [row for row in strangers.rows(tmp_path, short=True) if not row.kept]
    assert not broken, broken


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_what_lies_at_the_margins_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_store, "user_models_folder", lambda: tmp_path / "models-of-person")
    broken = [row for row in margins.rows(tmp_path, short=True) if not row.kept]
    assert not broken, broken


def test_a_figure_over_its_limit_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for value, code in ((2, 0), (3, 1)):
        row = Row("files left", value, 2)
        stage = Stage("A stage", lambda folder, short, row=row: iter([row]))
        monkeypatch.setitem(STAGES, "hour", stage)
        assert main(["--only", "hour", "--output", str(tmp_path / str(code))]) == code
    assert "OVER ITS LIMIT" in capsys.readouterr().out
    report = json.loads((tmp_path / "1" / JSON_FILE).read_text(encoding="utf-8"))
    assert report["stages"]["A stage"] == [
        {"name": "files left", "value": 3, "at_most": 2, "kept": False}
    ]
    assert "| files left | 3 | 2 | **no** |" in (tmp_path / "1" / MARKDOWN_FILE).read_text()


def test_the_report_survives_its_file_and_fills_its_page() -> None:
    report = Report({"date": "2026-01-01", "memory_gib": 23}, {"An hour": ROWS}, short=True)
    again = Report.from_json(json.loads(json.dumps(report.as_json())))
    assert again == report
    assert not again.kept
    text = with_part(PAGE.read_text(encoding="utf-8"), PART, report.markdown().strip("\n"))
    inside = part(text, PART)
    assert "Short version. date: 2026-01-01, memory gib: 23" in inside
    assert "| memory (a note \\| with a bar) | 3.25 MiB | 24 MiB | yes |" in inside
    assert "| rounds | 20 |  |  |" in inside
