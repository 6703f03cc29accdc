"""Garbage is collected on the Tk thread, often and little, and never all modules again."""

from __future__ import annotations

import gc
import threading
import weakref

from desktop_app.ui import tk_root


class Knot:
    """Something that only the collector can free."""

    def __init__(self) -> None:
        self.myself = self


def test_modules_are_left_out_of_collections_until_the_window_closes(make_window):
    gc.enable()
    app = make_window()
    assert not gc.isenabled()
    assert gc.get_freeze_count() > 100_000
    assert len(gc.get_objects()) < gc.get_freeze_count() / 2
    app.window.close()
    app.until(lambda: app.closed)
    assert gc.get_freeze_count() == 0
    assert gc.isenabled()


def test_with_a_picture_open_before_the_end_of_the_start_nothing_is_left_out(make_window, photo):
    gc.unfreeze()
    app = make_window(paths=[photo])
    assert app.controller.documents.documents.value
    assert gc.get_freeze_count() == 0


def test_garbage_is_collected_on_the_tk_thread(app, monkeypatch):
    monkeypatch.setattr(tk_root, "YOUNG_LIMIT", 1)
    monkeypatch.setattr(tk_root, "OLD_SECONDS", 0.0)
    threads = []
    knot = Knot()
    gone = weakref.ref(knot, lambda _: threads.append(threading.current_thread()))
    del knot
    app.until(lambda: gone() is None, timeout=10)
    assert threads == [threading.main_thread()]
