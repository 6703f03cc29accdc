"""A second start hands its files to the first window, and opens one itself if nobody takes them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from desktop_app.services.errors import AppError
from desktop_app.services.first_window import Inbox, hand_over, meeting_folder


def test_paths_reach_the_first_window(tmp_path):
    folder = tmp_path / "meet"
    inbox = Inbox(folder)
    with pytest.raises(AppError):
        Inbox(folder)
    taken = []
    done = threading.Event()

    def window() -> None:
        while not done.wait(0.01):
            taken.extend(inbox.take())

    thread = threading.Thread(target=window)
    thread.start()
    try:
        assert hand_over([Path("/a b.jpg"), Path("c.png")], folder)
        assert hand_over([], folder)
    finally:
        done.set()
        thread.join()
    assert taken == [[Path("/a b.jpg"), Path("c.png").absolute()], []]
    inbox.close()
    Inbox(folder).close()


def test_nobody_takes_what_a_hanging_window_leaves(tmp_path):
    inbox = Inbox(tmp_path)
    assert not hand_over([Path("/a.jpg")], tmp_path, patience_seconds=0.1)
    assert inbox.take() == []
    inbox.close()


@pytest.mark.parametrize("content", [b"", b"{}", b"[1, null]", b"\xff", b"[" * 100_000])
def test_what_is_no_list_of_paths_is_thrown_away(tmp_path, content):
    inbox = Inbox(tmp_path)
    (tmp_path / "1.paths").write_bytes(content)
    assert inbox.take() == [[]]
    assert not (tmp_path / "1.paths").exists()
    inbox.close()


def test_each_desktop_has_a_meeting_of_its_own(monkeypatch):
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":1")
    first = meeting_folder()
    monkeypatch.setenv("DISPLAY", "host:2.0")
    assert meeting_folder() != first
    assert meeting_folder().parent == first.parent
