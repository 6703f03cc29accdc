"""The paper's experiment, on a handful of thumbnails."""

import json

import numpy as np
import pytest
from PIL import Image

from desktop_app.services.training.paper_experiment import (
    PaperExperiment,
    PaperRow,
    paper_runs,
    table,
    write_paper_report,
)
from scratch_layers.training.events import Finished, StepDone


@pytest.fixture
def experiment(tmp_path):
    generator = np.random.default_rng(0)
    for number in range(2):
        coarse = generator.integers(0, 256, (8, 40, 3), np.uint8)
        Image.fromarray(coarse).resize((1280, 256)).save(tmp_path / f"sheet_{number}.png")
    return PaperExperiment(tmp_path, epochs=1, rates=(0.1, 0.4), threads=1)


def test_each_rate_is_a_run_of_the_papers_recipe(experiment, tmp_path):
    runs = list(paper_runs(tmp_path / "out", experiment))
    assert [run.folder.name for run in runs] == ["rate-0.1", "rate-0.4"]
    training = runs[1].config.training
    assert (training.architecture, training.optimizer, training.loss) == ("paper", "sgd", "mse")
    assert (training.batch_size, training.learning_rate, training.steps) == (32, 0.4, 16)


def test_the_report_holds_table_curves_and_pictures(experiment, tmp_path):
    for run in paper_runs(tmp_path / "out", experiment):
        list(run.events())
    noisy, *rows = write_paper_report(tmp_path / "out", experiment)
    assert noisy.rate is None
    assert noisy.psnr == pytest.approx(19.6, abs=0.5)
    assert noisy.mse_noisy == pytest.approx(2 * noisy.mse_clean, rel=0.1)
    assert [row.rate for row in rows] == [0.1, 0.4]
    for row in rows:
        assert row.mse_clean < row.mse_noisy
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["noise"] == {"kind": "gaussian", "sigma_255": 28.0}
    assert report["rows"][1]["psnr"] == rows[0].psnr
    with Image.open(tmp_path / "out" / "figure1.png") as figure:
        assert figure.size == (3 * 128 + 2 * 4, 6 * 128 + 5 * 4)
    assert (tmp_path / "out" / "curves.png").stat().st_size > 1000
    assert "| 0.4 |" in (tmp_path / "out" / "table.md").read_text()


def test_an_experiment_that_was_stopped_goes_on(experiment, tmp_path):
    first = next(paper_runs(tmp_path / "out", experiment))
    for event in first.events():
        if isinstance(event, StepDone) and event.step == 5:
            first.stop()
    steps = []
    for run in paper_runs(tmp_path / "out", experiment):
        events = list(run.events())
        assert events[-1] == Finished(16, "steps")
        steps.append(sum(isinstance(event, StepDone) for event in events))
    assert steps == [11, 16]


def test_the_table_stands_beside_the_papers_figure(experiment):
    rows = [PaperRow(None, 0.02, 0.01, 20.0), PaperRow(0.3, 0.015, 0.005, 23.0)]
    lines = table(rows, experiment).splitlines()
    assert lines[2] == "| noisy input | 0.02000 | 0.01000 | 20.00 |"
    assert lines[3] == "| 0.3 | 0.01500 | 0.00500 | 23.00 |"
    assert "21.38" in lines[4]
    assert "standard deviation 28" in lines[6]
