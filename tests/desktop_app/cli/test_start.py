"""From the shell to a command or the window, and how errors leave the program."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import desktop_app.__main__ as start
from desktop_app.cli import noise, runner
from desktop_app.cli.runner import command_names


def shell(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "desktop_app", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[list[Path]]:
    """What the window was opened with, instead of a window."""
    calls: list[list[Path]] = []
    monkeypatch.setattr(start, "_open_window", lambda paths: calls.append(paths) or 0)
    return calls


def test_no_argument_or_existing_files_open_the_window(run_app, opened, photo):
    assert run_app().code == 0
    assert run_app(photo, photo.parent).code == 0
    assert opened == [[], [photo, photo.parent]]


def test_a_file_called_like_a_command_does_not_hide_it(run_app, opened, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in command_names():
        Path(name).touch()
    assert run_app("denoise").code == 2
    assert opened == []


def test_a_picture_that_is_not_there_is_named(run_app, opened, photo):
    result = run_app(photo, "gone.jpg")
    assert (result.code, opened) == (1, [])
    assert result.err == "gone.jpg does not exist; check the spelling of the path.\n"


def test_an_unknown_command_is_a_usage_error(run_app, opened):
    result = run_app("denose", "x.jpg")
    assert (result.code, opened) == (2, [])
    assert "invalid choice: 'denose'" in result.err
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version(run_app, option):
    result = run_app(option)
    assert result.code == 0
    assert "scratch-denoiser" in result.out


def test_every_command_explains_itself(run_app):
    for name in command_names():
        result = run_app(name, "--help")
        assert result.code == 0
        assert f"scratch-denoiser {name}" in result.out


def test_without_a_display_the_command_line_is_named(run_app, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    result = run_app()
    assert result.code == 1
    assert "no display" in result.err
    assert "scratch-denoiser denoise" in result.err


def test_without_tkinter_the_way_to_get_it_is_named(run_app, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":77")
    for name in [name for name in sys.modules if name.startswith(("tkinter", "desktop_app.ui"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("desktop_app.ui", raising=False)
    monkeypatch.setitem(sys.modules, "tkinter", None)
    result = run_app()
    assert result.code == 1
    assert "python3-tk" in result.err


def test_a_display_that_does_not_answer_gets_a_sentence(run_app, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":7777")
    monkeypatch.setattr(sys, "platform", "linux")
    result = run_app()
    assert result.code == 1
    assert "The window cannot be opened" in result.err


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RuntimeError("odd\nthing"), "RuntimeError: odd thing"),
        (MemoryError(), "not enough memory"),
        (PermissionError(13, "Permission denied", "x.json"), "x.json cannot be used: permission"),
    ],
)
def test_unexpected_errors_are_a_sentence_and_a_traceback_only_on_request(
    run_app, photo, tmp_path, monkeypatch, error, expected
):
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr(noise, "open_picture", fail)
    command = ("noise", photo, "-o", tmp_path / "out.png")
    result = run_app(*command)
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert expected in result.err
    assert "Traceback" in run_app(*command, "--debug").err


def test_the_former_handler_of_termination_comes_back(run_app, photo, tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    run_app("noise", photo, "-o", tmp_path / "out.png")
    assert signal.getsignal(signal.SIGTERM) is before
    with pytest.raises(SystemExit) as stop, runner._termination_raises():
        signal.raise_signal(signal.SIGTERM)
    assert stop.value.code == 143


def test_from_noisy_to_clean_in_a_shell(run_app, tmp_path, subtracting_model):
    Image.new("RGB", (40, 30), (120, 90, 60)).save(tmp_path / "photo.jpg")
    noisy = run_app("noise", tmp_path / "photo.jpg", "-o", tmp_path / "noisy.png", "--seed", 1)
    assert (noisy.code, noisy.err) == (0, "")
    clean = shell(
        "denoise",
        tmp_path / "noisy.png",
        "-o",
        tmp_path / "clean.png",
        "--model",
        subtracting_model,
    )
    assert (clean.returncode, clean.stderr) == (0, "")
    with Image.open(tmp_path / "clean.png") as image:
        assert image.size == (40, 30)


def test_the_command_line_needs_neither_tkinter_nor_torch_to_explain_itself():
    code = (
        "import sys; sys.modules['tkinter'] = None; from desktop_app.__main__ import main; "
        "main(['denoise', '--help']); assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "--sigma" in done.stdout


def test_a_reader_that_goes_away_gets_no_traceback(tmp_path):
    command = f"'{sys.executable}' -m desktop_app denoise --help | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
