"""The progress bar on a terminal."""

from __future__ import annotations

import io

from desktop_app.cli.progress import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nothing_is_shown_within_the_first_second():
    terminal, clock = Terminal(), Clock()
    with ProgressLine(terminal, clock) as progress:
        clock.now += 0.9
        progress.update(0.5, "photo.jpg")
    assert terminal.getvalue() == ""


def test_share_time_left_and_text_are_shown_and_wiped_away(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    terminal, clock = Terminal(), Clock()
    with ProgressLine(terminal, clock) as progress:
        clock.now += 30
        progress.update(0.25, "photo.jpg")
        line = terminal.getvalue()
        assert " 25%" in line
        assert "1 min 30 s left" in line
        assert line.endswith("photo.jpg")
        assert line.count("#") == 6
    assert terminal.getvalue()[len(line) :] == "\r" + " " * (len(line) - 1) + "\r"


def test_it_is_not_drawn_more_often_than_eyes_can_follow():
    terminal, clock = Terminal(), Clock()
    progress = ProgressLine(terminal, clock)
    clock.now += 2
    for step in range(50):
        clock.now += 0.001
        progress.update(step / 50)
    assert terminal.getvalue().count("\r") == 1


def test_a_narrow_terminal_does_not_wrap(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    terminal, clock = Terminal(), Clock()
    progress = ProgressLine(terminal, clock)
    clock.now += 2
    progress.update(0.5, "a very long name of a photo")
    assert len(terminal.getvalue().strip("\r")) <= 29


def test_what_is_not_a_terminal_gets_nothing(capsys):
    stream, clock = io.StringIO(), Clock()
    progress = ProgressLine(stream, clock)
    clock.now += 5
    progress.update(0.5)
    progress.print("a line")
    progress.clear()
    assert stream.getvalue() == ""
    assert capsys.readouterr().out == "a line\n"
