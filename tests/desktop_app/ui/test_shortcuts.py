"""Real keys pressed at the window."""

from __future__ import annotations


def test_caps_lock_changes_no_order(app, photo):
    document = app.open(photo)
    app.denoise()
    app.page.inspector.strength.luma.scale.set(50)
    app.key("Caps_Lock")
    try:
        app.key("ctrl+z")
        assert document.state.value.strength == 1
        app.key("ctrl+shift+z")
        assert document.state.value.strength == 0.5
    finally:
        app.key("Caps_Lock")


def test_pages_have_keys_and_do_their_own_work(app, photo, monkeypatch):
    pages = app.window.main.pages
    for number, name in enumerate(("denoise", "batch", "train", "learn"), start=1):
        app.key(f"ctrl+{number}")
        assert app.window.main.navigation.chosen == name
        assert pages[name].winfo_ismapped()
    app.key("ctrl+2")
    monkeypatch.setattr("desktop_app.ui.pages.batch_page.choose_pictures", lambda *_: [photo])
    app.key("ctrl+o")
    app.until(lambda: len(app.controller.batch.rows.value) == 1)
    assert app.controller.documents.documents.value == ()
    app.key("ctrl+Return")
    app.until(lambda: app.controller.batch.summary.value.startswith("1 picture: 1 denoised"))
    app.key("ctrl+3")
    monkeypatch.setattr("desktop_app.ui.window_commands.choose_pictures", lambda *_: [photo])
    app.key("ctrl+o")
    app.until(lambda: app.controller.documents.current.value is not None)
    assert pages["denoise"].winfo_ismapped()
    assert "160 x 120" in app.window.main.status.facts
    app.key("ctrl+2")
    assert app.window.main.status.facts == ""


def test_all_of_a_field_is_selected(app):
    app.page.inspector.clean.title.invoke()
    seed = app.page.inspector.noise.seed
    app.root.focus_force()
    seed.focus_set()
    app.live(0.05)
    app.xdotool("key", "ctrl+a")
    assert seed.selection_get() == seed.get()
