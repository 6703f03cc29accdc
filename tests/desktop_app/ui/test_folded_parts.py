"""What few people need is folded until it is asked for, and stays as the person left it."""

from __future__ import annotations

from tkinter import ttk

from desktop_app.services.denoising.noise_found import level_words


def test_a_part_stays_as_it_was_left(make_window):
    app = make_window()
    clean = app.page.inspector.clean
    app.live(0.05)
    assert not app.page.inspector.noise.winfo_ismapped()
    clean.title.invoke()
    app.live(0.05)
    assert app.page.inspector.noise.winfo_ismapped()
    app.window.close()
    app.until(lambda: app.closed)
    again = make_window()
    again.until(lambda: again.page.inspector.noise.winfo_ismapped())
    assert not again.page.inspector.device.winfo_ismapped()
    again.page.inspector.clean.title.invoke()
    assert again.controller.context.settings.value.open_parts == ()


def test_each_page_has_the_status_of_its_own_work(app, photo):
    app.open(photo)
    told = app.window.main.status.message
    assert "photo.png" in told
    app.window.main.show_page("batch")
    assert app.window.main.status.message == "Remove the noise from many photos at once."
    app.window.main.show_page("denoise")
    assert app.window.main.status.message == told


def test_noise_has_words():
    levels = (0.5, 5, 12, 25, 60)
    assert [level_words(level) for level in levels] == [
        *("none", "light", "medium", "strong", "very strong")
    ]


def test_what_is_said_of_noise_names_no_number_but_in_the_details(make_window, photo):
    app = make_window(model="auto", open_parts=["Details"])
    document = app.open(photo)
    app.until(lambda: app.controller.denoising.found.noise.value is not None)
    sentence = app.controller.denoising.sentence()
    assert sentence == "White noise, medium: model Photo."
    app.live(0.05)
    assert sentence in words_of(app.page.inspector)
    app.denoise()
    status = app.window.main.status.message
    assert status.endswith(sentence)
    assert "255" not in status
    level = document.state.value.noisy.noise.sigma_255
    assert any(f"{level:.1f} measured" in words for words in words_of(app.page.inspector))


def words_of(widget) -> list[str]:
    """All texts of the labels inside a widget that are shown."""
    labels = [widget.cget("text")] if isinstance(widget, ttk.Label) else []
    inside = [child for child in widget.winfo_children() if child.winfo_viewable()]
    return labels + [words for child in inside for words in words_of(child)]
