"""Runs as folders: start, resume, reports, list."""

import errno
import json
import os
import shlex
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from desktop_app.cli import train_options
from desktop_app.cli.runner import build_parser
from desktop_app.services.errors import WriteError
from desktop_app.services.folder_lock import LOCK_FILE, FolderInUseError
from desktop_app.services.training import runs
from desktop_app.services.training.cards import model_card, training_command
from desktop_app.services.training.data import DataConfig
from desktop_app.services.training.files import TrainingDataError
from desktop_app.services.training.list_of_runs import delete_run, list_runs
from desktop_app.services.training.reports import sample_sheet
from desktop_app.services.training.runs import (
    RunConfig,
    RunError,
    read_config,
    resume_run,
    start_run,
)
from desktop_app.services.training.sample_rows import read_rows
from scratch_layers.errors import StateError
from scratch_layers.models import load_model
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.events import FileSkipped, Finished, StepDone, Validated, WriteFailed


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    generator = np.random.default_rng(0)
    for number in range(6):
        coarse = generator.integers(0, 256, (5, 6, 3), np.uint8)
        Image.fromarray(coarse).resize((48, 40)).save(folder / f"{number}.png")
    return folder


def run_config(photos, steps=4, **recipe):
    training = TrainingConfig(
        configuration={"widths": [4], "blocks": 1}, steps=steps, batch_size=2, validate_every=2,
        **recipe,
    )  # fmt: skip
    return RunConfig(training, DataConfig("photo", (str(photos),), patch_size=16), "cpu")


def test_a_run_leaves_everything_in_its_folder(photos, tmp_path):
    run = start_run(tmp_path / "run one", run_config(photos))
    events = list(run.events())
    assert events[-1] == Finished(4, "steps")
    files = {path.relative_to(run.folder).as_posix() for path in run.folder.rglob("*.*")}
    assert files == {
        "best.safetensors", "config.json", "curves.png", "events.jsonl", "last.safetensors",
        "model/run-one.json", "model/run-one.safetensors",
        "samples/step_000000000.png", "samples/step_000000002.png", "samples/step_000000004.png",
    }  # fmt: skip


def test_samples_can_be_seen_before_the_first_step(photos, tmp_path):
    run = start_run(tmp_path / "run", run_config(photos))
    with closing(run.events()) as events:
        while not isinstance(next(events), StepDone):
            pass
        (sheet,) = (run.folder / "samples").iterdir()
    assert sheet.name == "step_000000000.png"
    assert len(read_rows(sheet)) == 1


def test_the_model_of_a_run_is_that_of_its_best_validation(photos, tmp_path):
    run = start_run(tmp_path / "run", run_config(photos))
    best = [event for event in run.events() if isinstance(event, Validated) and event.is_best][-1]
    denoiser, card = load_model(run.folder / "model" / "run.safetensors")
    assert card.measured == {
        "validation": {"25": {"psnr": round(best.psnr, 3), "ssim": round(best.ssim, 4)}}
    }
    assert card.trained["steps"] == best.step
    assert card.noise == {"kind": "gaussian", "sigma_255": [0.0, 55.0]}
    assert card.training_command.startswith("scratch-denoiser train photo --data photos --steps 4")
    assert card.title == "Photos"
    folders = replace(run.config, data=replace(run.config.data, folders=("/a/holiday",)))
    assert model_card("2025-11-12-101112", folders, 3).title == "Holiday photos, 12 Nov"
    assert denoiser.denoise(torch.rand(1, 3, 9, 7), 0.1).shape == (1, 3, 9, 7)


def test_a_mosaic_network_starts_from_a_photo_network_and_says_what_it_is_for(photos, tmp_path):
    list(start_run(tmp_path / "first", run_config(photos, steps=1)).events())
    [weights] = (tmp_path / "first" / "model").glob("*.safetensors")
    data = DataConfig("raw", (str(photos),), patch_size=32)
    training = TrainingConfig(architecture="mosaic-unet", steps=1, batch_size=1, warmup=0)
    config = RunConfig(training, data, "cpu", start_from=str(weights))
    list(start_run(tmp_path / "raw", config).events())
    [path] = (tmp_path / "raw" / "model").glob("*.json")
    denoiser, card = load_model(path)
    assert (card.architecture, card.noise["kind"]) == ("mosaic-unet", "sensor")
    shutil.rmtree(tmp_path / "first")
    assert list(resume_run(tmp_path / "raw", steps=2).events())[-1].step == 2
    assert denoiser.configuration == {"widths": [4], "blocks": 1}
    assert " raw --data photos " in card.training_command
    assert [*card.measured["validation"]] == ["mosaic"]
    assert (card.title, card.description[:22]) == ("RAW: Photos", "Cleans what the Bayer ")


def test_samples_show_noisy_denoised_and_clean(photos, tmp_path):
    list(start_run(tmp_path / "run", run_config(photos)).events())
    with Image.open(tmp_path / "run" / "samples" / "step_000000004.png") as sheet:
        assert sheet.size == (3 * 48 + 2 * 4, 40)
        clean = np.asarray(sheet)[:, -48:]
    originals = [np.asarray(Image.open(path)) for path in sorted(photos.iterdir())]
    assert any(np.array_equal(clean, original) for original in originals)


def test_rows_of_different_sizes_fit_on_one_sheet():
    rows = [tuple(torch.zeros(3, side, side) for _ in range(3)) for side in (4, 8)]
    sheet = np.asarray(sample_sheet(rows))
    assert sheet.shape == (4 + 4 + 8, 3 * 8 + 2 * 4, 3)
    assert (sheet == 0).all(axis=2).sum() == 3 * (16 + 64)


def test_stopping_and_resuming_ends_where_the_whole_run_does(photos, tmp_path):
    list(start_run(tmp_path / "whole", run_config(photos)).events())
    run = start_run(tmp_path / "parts", run_config(photos))
    for event in run.events():
        if isinstance(event, StepDone) and event.step == 3:
            run.stop()
    assert event == Finished(3, "stopped")
    list(resume_run(tmp_path / "parts").events())
    whole, parts = (
        load_model(tmp_path / name / "model" / f"{name}.json")[0].network.state_dict()
        for name in ("whole", "parts")
    )
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_a_run_that_is_stopped_before_its_first_validation_leaves_a_model(photos, tmp_path):
    config = run_config(photos)
    config = replace(config, training=replace(config.training, validate_every=50))
    run = start_run(tmp_path / "run", config)
    for event in run.events():
        if isinstance(event, StepDone):
            run.stop()
    _, card = load_model(tmp_path / "run" / "model" / "run.json")
    assert (card.trained["steps"], card.measured) == (1, {})


def test_a_finished_run_can_be_given_more_steps(photos, tmp_path):
    list(start_run(tmp_path / "run", run_config(photos)).events())
    events = list(resume_run(tmp_path / "run", steps=6).events())
    assert [event.step for event in events if isinstance(event, StepDone)] == [5, 6]
    assert read_config(tmp_path / "run").training.steps == 6


def test_a_folder_with_a_run_is_not_used_for_another(photos, tmp_path):
    start_run(tmp_path / "run", run_config(photos))
    with pytest.raises(RunError, match="holds a run already; resume it"):
        start_run(tmp_path / "run", run_config(photos))


def test_a_run_that_cannot_start_leaves_no_folder(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrainingDataError, match="no pictures"):
        start_run(tmp_path / "run", run_config(tmp_path / "empty"))
    assert not (tmp_path / "run").exists()


def test_pictures_that_are_not_used_are_named_in_the_log(photos, tmp_path):
    Image.new("RGB", (8, 8)).save(photos / "tiny.png")
    run = start_run(tmp_path / "run", run_config(photos))
    skipped = [event for event in run.events() if isinstance(event, FileSkipped)]
    assert [event.name for event in skipped] == ["tiny.png"]
    assert "tiny.png has 8x8 pixels" in (run.folder / "events.jsonl").read_text()


def test_reports_that_cannot_be_written_stop_nothing(photos, tmp_path, monkeypatch):
    def full(folder, *_arguments):
        raise WriteError(folder, OSError(errno.ENOSPC, "No space left on device"))

    monkeypatch.setattr(runs, "write_samples", full)
    events = list(start_run(tmp_path / "run", run_config(photos)).events())
    failures = [event for event in events if isinstance(event, WriteFailed)]
    assert len(failures) == 3
    assert "the disk is full" in failures[0].reason
    assert events[-1] == Finished(4, "steps")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"training": {"steps": 0}, "data": {}}'])
def test_a_damaged_configuration_is_named(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(RunError, match=r"config\.json cannot be used"):
        resume_run(tmp_path)


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(RunError, match="holds no training run"):
        resume_run(tmp_path / "nowhere")


def test_runs_are_listed_with_how_far_they_are(photos, tmp_path):
    list(start_run(tmp_path / "runs" / "b", run_config(photos)).events())
    run = start_run(tmp_path / "runs" / "a", run_config(photos, steps=20))
    for event in run.events():
        if isinstance(event, StepDone) and event.step == 10:
            run.stop()
    (tmp_path / "runs" / "other").mkdir()
    first, second = list_runs(tmp_path / "runs")
    assert (first.folder.name, first.step, first.limit) == ("a", 10, "20 steps")
    assert (first.state, second.state) == ("can be resumed", "finished")
    assert second.psnr is not None
    assert list_runs(tmp_path / "runs" / "b") == [second]
    assert list_runs(tmp_path / "nowhere") == []


def test_a_run_goes_to_the_bin_unless_it_is_being_trained(photos, tmp_path, system_bin):
    folder = tmp_path / "runs" / "first"
    run = start_run(folder, run_config(photos))
    with closing(run.events()) as events:
        next(events)
        with pytest.raises(RunError, match="^The run first is being trained; stop it before"):
            delete_run(folder)
    content = {path.name for path in folder.iterdir()}
    assert "config.json" in content
    delete_run(folder)
    assert not folder.exists()
    assert {path.name for path in (system_bin / "files" / "first").iterdir()} == content


def test_a_run_stays_where_there_is_no_bin(photos, tmp_path, system_bin):
    folder = tmp_path / "run"
    start_run(folder, run_config(photos))
    content = sorted(folder.iterdir())
    system_bin.write_text("no folder")
    with pytest.raises(RunError, match=r"cannot be put into the bin \(.+\) and stays where it is"):
        delete_run(folder)
    assert sorted(folder.iterdir()) == content


def test_the_command_of_a_run_names_what_differs(photos):
    command = training_command(run_config(photos, optimizer="sgd", momentum=0.9, clip_norm=None))
    assert "--optimizer sgd" in command
    assert "--momentum 0.9" in command
    assert "--widths 4 --blocks 1" in command
    assert "--clip 0" in command
    assert "--minutes" not in command


def test_the_configuration_is_plain_json(photos, tmp_path):
    config = start_run(tmp_path / "run", run_config(photos)).config
    content = json.loads((tmp_path / "run" / "config.json").read_text())
    assert content["format"] == 1
    assert RunConfig.from_json(content) == config


def test_a_run_can_start_from_a_model(photos, tmp_path):
    list(start_run(tmp_path / "first", run_config(photos)).events())
    model = tmp_path / "first" / "model" / "first.safetensors"
    config = replace(run_config(photos, learning_rate=1e-30), start_from=str(model))
    narrower = replace(config.training, configuration={"widths": [2], "blocks": 1})
    list(start_run(tmp_path / "second", replace(config, training=narrower)).events())
    first, second = (
        load_model(tmp_path / name / "model" / f"{name}.safetensors")[0].network.state_dict()
        for name in ("first", "second")
    )
    assert all(torch.allclose(first[name], second[name]) for name in first)
    assert read_config(tmp_path / "second").training.configuration == {"widths": [4], "blocks": 1}


def test_a_wider_network_can_start_from_a_model(photos, tmp_path):
    list(start_run(tmp_path / "first", run_config(photos)).events())
    model = tmp_path / "first" / "model" / "first.safetensors"
    config = replace(run_config(photos, learning_rate=1e-30), start_from=str(model))
    wider = replace(config.training, configuration={"widths": [8], "blocks": 1})
    list(start_run(tmp_path / "second", replace(config, training=wider)).events())
    first, second = (
        load_model(tmp_path / name / "model" / f"{name}.safetensors")[0]
        for name in ("first", "second")
    )
    assert second.configuration == {"widths": [8], "blocks": 1}
    image = torch.rand(1, 3, 32, 32)
    torch.testing.assert_close(first.denoise(image, 0.1), second.denoise(image, 0.1))


def test_the_commands_of_all_kinds_can_be_typed_again(photos, tmp_path):
    parser = build_parser()
    training = TrainingConfig(steps=3, configuration={"widths": [4], "blocks": 1})
    for data in (
        DataConfig("photo", ("p", "q"), noise="camera"),
        DataConfig("pairs", ("one", "two"), clean_targets=True),
        DataConfig("pairs", ("both",), markers=("_real", "_mean")),
        DataConfig("noisy", ("n",)),
        DataConfig("adapt", ("photo.png",)),
        DataConfig("miniproject", ("thumbs",), sigma_255=(20.0, 20.0)),
    ):
        recipe = replace(training, objective=data.objective)
        words = shlex.split(training_command(RunConfig(recipe, data)))
        arguments = parser.parse_args(words[1:])
        again = train_options.run_config(arguments)
        assert again.data.kind == data.kind
        assert [Path(folder).name for folder in again.data.folders] == list(data.folders)
        assert (again.data.noise, again.data.markers) == (data.noise, data.markers)
        assert again.data.clean_targets == data.clean_targets
        if data.kind != "adapt":
            assert again.training == recipe


def test_a_run_without_its_last_checkpoint_is_refused_and_stays_as_it_was(photos, tmp_path):
    folder = tmp_path / "run"
    list(start_run(folder, run_config(photos)).events())
    (folder / "last.safetensors").unlink()
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    with pytest.raises(StateError, match=r"last checkpoint .* is missing; start anew in another"):
        resume_run(folder, steps=8)
    (folder / "config.json").rename(tmp_path / "config.json")
    with pytest.raises(StateError, match="last checkpoint"):
        start_run(folder, run_config(photos))
    (tmp_path / "config.json").rename(folder / "config.json")
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before


def test_a_run_that_never_came_to_a_checkpoint_begins(photos, tmp_path):
    start_run(tmp_path / "run", run_config(photos))
    assert list(resume_run(tmp_path / "run").events())[-1] == Finished(4, "steps")


def test_two_programs_never_train_in_one_folder(photos, tmp_path):
    folder = tmp_path / "run"
    run = start_run(folder, run_config(photos))
    with closing(run.events()) as events:
        next(events)
        for second in (lambda: resume_run(folder), lambda: start_run(folder, run_config(photos))):
            with pytest.raises(FolderInUseError, match="a training is under way in it already"):
                second()
    assert list(resume_run(folder).events())[-1] == Finished(4, "steps")
    assert not (folder / LOCK_FILE).exists()


@pytest.mark.parametrize(
    "change",
    [
        {"format": 9},
        {"sparkle": 1},
        {"threads": 0},
        {"threads": True},
        {"device": ["cpu"]},
        {"start_from": 7},
        {"data": 3},
        {"training": {"steps": "many"}},
        {"training": {"steps": 1e400}},
        {"training": {"steps": 1, "seed": 2**70}},
        {"data": {"kind": "photo", "folders": "abc"}},
        {"data": {"kind": "photo", "folders": ["a"], "sigma_255": [1]}},
        {"data": {"kind": "photo", "folders": ["a"], "patch_size": 0.5}},
    ],
)
def test_a_configuration_is_checked_in_every_field(photos, tmp_path, change):
    content = {**run_config(photos).to_json(), **change}
    (tmp_path / "config.json").write_text(json.dumps(content))
    with pytest.raises(RunError, match=r"config\.json cannot be used: .*[^.]\.$"):
        read_config(tmp_path)


def test_a_configuration_without_end_is_named(tmp_path):
    (tmp_path / "config.json").write_text('{"training":' * 100_000)
    with pytest.raises(RunError, match="nested too deeply"):
        read_config(tmp_path)


def test_one_bad_run_never_hides_another(photos, tmp_path):
    runs_folder = tmp_path / "runs"
    list(start_run(runs_folder / "good", run_config(photos)).events())
    for name, text in (("bad", "{"), ("deep", "[" * 100_000), ("odd", "3")):
        (runs_folder / name).mkdir()
        (runs_folder / name / "config.json").write_text(text)
    (runs_folder / "log").mkdir()
    shutil.copy(runs_folder / "good" / "config.json", runs_folder / "log")
    lines = (runs_folder / "good" / "events.jsonl").read_text().splitlines()
    bad = [
        "[" * 100_000, "3", "null", '{"event": [], "step": 3}', '{"event": "Validated", "step": 1}',
        lines[0].replace('"step": 0', '"step": -6'), lines[0].replace('"step": 0', '"step": "x"'),
        "\udcff",
    ]  # fmt: skip
    text = "\n".join([*bad, *lines, *bad])
    (runs_folder / "log" / "events.jsonl").write_bytes(text.encode(errors="surrogateescape"))
    (runs_folder / "pipe").mkdir()
    os.mkfifo(runs_folder / "pipe" / "config.json")
    problems: list[str] = []
    good, log = list_runs(runs_folder, problems.append)
    assert (good.step, good.psnr, good.state) == (log.step, log.psnr, log.state)
    assert len(problems) == 3
