"""A test with a window fails on every mistake that Tk and threads would otherwise hide."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
PLUGINS = ("tests.conftest", "tests.desktop_app.conftest", "tests.desktop_app.ui.conftest")

MISTAKES = '''
import gc
import threading
import tkinter as tk
from tkinter import font as tkfont

import pytest
from PIL import ImageTk


def collect_elsewhere(make):
    """Let the last reference to something be dropped on a worker thread."""
    held = [make()]
    thread = threading.Thread(target=held.clear, name="elsewhere")
    thread.start()
    thread.join()


def test_callback(app):
    button = tk.Button(app.root, command=lambda: 1 / 0)
    button.invoke()


def test_timer(app):
    app.root.after(1, lambda: 1 / 0)
    app.live(0.1)


def test_event(app):
    app.root.bind("<<Mistake>>", lambda _: 1 / 0)
    app.root.event_generate("<<Mistake>>")


def test_problem(app):
    app.controller.context.report("It failed", ValueError("wrong"))


def test_thread(app):
    threading.Thread(target=threading.Event().wait, name="forgotten", daemon=True).start()


def test_error_in_thread(app):
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()


def test_image(app):
    collect_elsewhere(lambda: ImageTk.PhotoImage("RGB", (2, 2), master=app.root))


def test_variable(app):
    collect_elsewhere(lambda: tk.StringVar(app.root))


def test_font(app):
    collect_elsewhere(lambda: tkfont.Font(app.root, size=9))


def test_widget(app):
    def make():
        label = tk.Label(app.root)
        label.destroy()
        return label

    collect_elsewhere(make)


def test_cycle_of_widgets(app):
    gc.collect()
    label = tk.Label(app.root)
    label.myself = label
    label.destroy()
    del label
    thread = threading.Thread(target=gc.collect, name="elsewhere")
    thread.start()
    thread.join()


def test_nothing_wrong(app):
    app.live(0.1)
'''
EXPECTED = {
    "test_callback": "ZeroDivisionError",
    "test_timer": "ZeroDivisionError",
    "test_event": "ZeroDivisionError",
    "test_problem": "This is an error in the program",
    "test_thread": "forgotten",
    "test_error_in_thread": "PytestUnhandledThreadExceptionWarning",
    "test_image": "PhotoImage on elsewhere",
    "test_variable": "main thread is not in main loop",
    "test_font": "Font on elsewhere",
    "test_widget": "Label on elsewhere",
    "test_cycle_of_widgets": "Label on elsewhere",
}


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> str:
    """What pytest says about tests that make these mistakes."""
    file = tmp_path_factory.mktemp("mistakes") / "test_mistakes.py"
    file.write_text(MISTAKES)
    plugins = [word for plugin in PLUGINS for word in ("-p", plugin)]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-c", str(PROJECT / "pyproject.toml")),
            *(*plugins, "-p", "no:cacheprovider", str(file)),
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=280,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", EXPECTED)
def test_a_hidden_mistake_fails_its_test(report, name):
    lines = [line for line in report.splitlines() if line.startswith(("FAILED", "ERROR"))]
    assert any(line.split("::")[-1].split(" ")[0] == name for line in lines), report
    assert EXPECTED[name] in report


def test_a_test_without_a_mistake_passes(report):
    assert "test_nothing_wrong" not in report, report
    assert "passed" in report
