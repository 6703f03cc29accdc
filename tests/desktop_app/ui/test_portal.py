"""Files are chosen through the desktop's portal, and never waited for in vain."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_app.services import portal
from desktop_app.ui.dialogs import native_files
from desktop_app.ui.dialogs.file_choice import (
    choose_folder,
    choose_model,
    choose_pictures,
    choose_target,
)

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="other systems have no portal"),
    pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="needs dbus-daemon"),
]
PROJECT = Path(__file__).resolve().parents[3]
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir={folder}</listen>
<policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>
"""


@pytest.fixture
def desktop_bus(tmp_path, monkeypatch) -> Iterator[None]:
    """A session bus of our own, and a desktop with zenity, which must not be needed."""
    configuration = tmp_path / "bus.conf"
    configuration.write_text(BUS.format(folder=tmp_path))
    process = subprocess.Popen(
        ["dbus-daemon", "--nofork", "--print-address=1", f"--config-file={configuration}"],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", process.stdout.readline().strip())
        programs = tmp_path / "bin"
        programs.mkdir()
        (programs / "zenity").write_text("#!/bin/sh\necho /zenity.png\n")
        (programs / "zenity").chmod(0o755)
        monkeypatch.setenv("PATH", str(programs))
        monkeypatch.setattr("desktop_app.services.folders.user_pictures_path", lambda: tmp_path)
        yield
        process.terminate()


@pytest.fixture
def serve(desktop_bus, tmp_path) -> Iterator[Callable[..., Callable[[], list[dict]]]]:
    """Start the portal, which does what it is told about every question; returns its log."""
    running: list[subprocess.Popen] = []

    def start(mode: str, *chosen: Path) -> Callable[[], list[dict]]:
        log = tmp_path / f"{len(running)}.log"
        command = [sys.executable, "-m", "tests.desktop_app.ui.fake_portal", mode, str(log)]
        command += [path.as_uri() for path in chosen]
        running.append(subprocess.Popen(command, cwd=PROJECT))

        def heard() -> list[dict]:
            lines = log.read_text().splitlines() if log.exists() else []
            return [json.loads(line) for line in lines]

        deadline = time.monotonic() + 60
        while not heard():
            assert time.monotonic() < deadline, "the portal did not start"
            time.sleep(0.02)
        return lambda: heard()[1:]

    yield start
    for process in running:
        process.kill()
        process.wait()


def test_the_portal_is_asked_before_any_program(app, serve, tmp_path):
    context, one = app.controller.context, tmp_path / "a b.png"
    heard = serve("answer", one, tmp_path / "größe #1.jpg")
    assert choose_pictures(app.root, context) == [one, tmp_path / "größe #1.jpg"]
    (asked,) = heard()
    assert asked["method"] == "OpenFile"
    assert asked["title"] == "Open photos"
    assert asked["multiple"]
    assert asked["modal"]
    assert asked["folder"] == str(tmp_path)
    assert asked["window"] == f"x11:{app.root.winfo_id():x}"
    assert [0, "*.jpg"] in asked["filters"][0][1]
    assert asked["filters"][0] == asked["current_filter"]
    assert context.settings.value.folders == {"open": str(tmp_path)}
    choose_model(app.root, context)
    assert "multiple" not in heard()[1]


def test_the_portal_asks_for_targets_and_folders(app, serve, tmp_path):
    target = tmp_path / "result.png"
    heard = serve("answer", target)
    assert choose_target(app.root, tmp_path / "proposal.png") == target
    assert choose_folder(app.root, app.controller.context, "training", "Where?") == target
    save, folder = heard()
    assert (save["method"], save["current_name"]) == ("SaveFile", "proposal.png")
    assert save["folder"] == str(tmp_path)
    assert folder["directory"]
    assert "filters" not in folder


def test_a_change_of_mind_is_no_failure(app, serve, tmp_path):
    serve("refuse")
    assert choose_pictures(app.root, app.controller.context) == []


@pytest.mark.parametrize("mode", ["fail", "vanish"])
def test_a_portal_that_fails_is_followed_by_the_desktops_program(app, serve, mode):
    serve(mode)
    assert choose_pictures(app.root, app.controller.context) == [Path("/zenity.png")]


def test_a_bus_without_a_portal_is_no_obstacle(app, desktop_bus):
    assert choose_pictures(app.root, app.controller.context) == [Path("/zenity.png")]


@pytest.mark.parametrize("address", ["unix:path=/nowhere", "tcp:host=localhost", "nonsense"])
def test_a_bus_that_is_not_there_is_no_obstacle(app, desktop_bus, monkeypatch, address):
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    assert choose_pictures(app.root, app.controller.context) == [Path("/zenity.png")]


def test_a_silent_portal_is_not_waited_for_and_not_asked_again(app, serve, monkeypatch):
    monkeypatch.setattr(portal, "PATIENCE_SECONDS", 0.3)
    serve("silent")
    assert choose_pictures(app.root, app.controller.context) == [Path("/zenity.png")]
    assert not portal.portal_may_be_there()
    assert choose_pictures(app.root, app.controller.context) == [Path("/zenity.png")]


def test_a_portal_that_shows_no_dialog_is_given_up(app, serve, monkeypatch):
    monkeypatch.setattr(native_files, "FOCUS_SECONDS", 0.5)
    heard = serve("wait")
    app.root.focus_force()
    app.live(0.1)
    assert choose_pictures(app.root, app.controller.context) == [Path("/zenity.png")]
    app.until(lambda: [one["method"] for one in heard()] == ["OpenFile", "Close"])


def test_escape_in_the_window_gives_the_portal_up_and_keeps_what_was_bound(app, serve, monkeypatch):
    monkeypatch.setattr(native_files, "FOCUS_SECONDS", 600)
    bound = app.root.bind("<Escape>")
    heard = serve("wait")

    def press_once_it_waits() -> None:
        if heard():
            # A second order meanwhile opens no second dialog.
            assert choose_pictures(app.root, app.controller.context) == []
            app.root.event_generate("<Escape>")
        else:
            app.root.after(50, press_once_it_waits)

    app.root.after(50, press_once_it_waits)
    assert choose_pictures(app.root, app.controller.context) == [Path("/zenity.png")]
    app.until(lambda: [one["method"] for one in heard()] == ["OpenFile", "Close"])
    assert app.root.bind("<Escape>") == bound


def test_a_dialog_on_another_screen_is_not_asked_for(desktop_bus, monkeypatch):
    monkeypatch.setenv("DISPLAY", "localhost:10.0")
    assert not portal.portal_may_be_there()


def test_the_window_is_drawn_while_the_dialog_stands(app, serve, monkeypatch):
    monkeypatch.setattr(native_files, "FOCUS_SECONDS", 0.6)
    serve("wait")
    turns = []
    app.root.focus_force()
    app.live(0.1)
    app.root.after(100, lambda: turns.append("drawn"))
    choose_pictures(app.root, app.controller.context)
    assert turns
