"""The Learn page as a person uses it."""

from __future__ import annotations

import time

import numpy as np
import pytest

from desktop_app.controllers.number_words import precise
from desktop_app.ui.widgets.picture_grid import compose

pytestmark = pytest.mark.usefixtures("own_window")


@pytest.fixture
def page(app):
    app.window.main.navigation.buttons["learn"].invoke()
    app.until(lambda: app.controller.learn.report.value is not None)
    app.live(0.1)
    return app.window.main.pages["learn"]


def click(app, page, index: int) -> None:
    left, top, right, bottom = page.diagram.box(index)
    canvas = page.diagram.canvas
    app.point_at(canvas, (left + right) // 2, (top + bottom) // 2 - int(canvas.canvasy(0)))
    app.xdotool("click", 1)


def test_nothing_is_computed_before_somebody_looks(app, photo):
    app.open(photo)
    app.live(0.2)
    assert app.controller.learn.report.value is None
    assert not app.controller.learn.inspecting.value


def test_without_a_picture_the_sample_is_inspected(page, app):
    assert "sample" in app.controller.learn.report.value.picture
    assert page.views["look"].maps.shown == len(app.controller.learn.layer.maps)
    assert page.views["look"].kernels.shown == 4


def test_the_network_is_told_the_noise_that_the_photo_is_denoised_with(page, app, photo):
    document = app.open(photo)
    app.until(lambda: app.controller.denoising.found.noise.value is not None)
    level = app.controller.denoising.found.noise.value.sigma_255
    report = app.controller.learn.report
    app.until(lambda: report.value is not None and report.value.picture == photo.name)
    app.until(lambda: report.value.sigma_255 == level)
    app.window.main.show_page("denoise")
    app.denoise()
    assert document.state.value.denoised.result.sigma_255 == level


def test_a_click_and_the_keyboard_choose_layers(page, app, monkeypatch, tmp_path):
    click(app, page, 2)
    learn = app.controller.learn
    assert page.layer.purpose.cget("text") == learn.layer.purpose
    assert f"{learn.layer.parameters:,} parameters" in page.layer.figures.cget("text")
    monkeypatch.setattr("desktop_app.controllers.learn.layer_page", tmp_path.joinpath)
    app.answer("close")
    page.layer.page.invoke()
    page.diagram.canvas.focus_force()
    assert learn.selected.value == 2
    assert learn.layer.kind == "Conv2d"
    assert page.views["look"].maps.shown == learn.layer.output_shape[0]
    app.xdotool("key", "Down", "Down")
    assert learn.selected.value == 4
    app.xdotool("key", "Next", "Next", "Next")
    assert learn.selected.value == len(learn.report.value.layers) - 1
    canvas = page.diagram.canvas
    bottom = page.diagram.box(learn.selected.value)[3]
    assert bottom <= canvas.canvasy(canvas.winfo_height())


def test_the_diagram_keeps_its_height_while_layers_are_walked_through(page, app):
    learn, canvas = app.controller.learn, page.diagram.canvas
    kinds = {layer.kind: index for index, layer in enumerate(learn.report.value.layers)}
    heights = []
    for index in (*kinds.values(), *kinds.values()):
        learn.select(index)
        app.live(0.02)
        heights.append(canvas.winfo_height())
    second_round = heights[len(kinds) :]
    assert len(set(second_round)) == 1
    assert page.layer.page.winfo_viewable()


@pytest.fixture
def backward(page, app):
    page.choice.buttons["backward"].invoke()
    app.live(0.05)
    return page.views["backward"]


def test_a_gradient_flows_back_layer_by_layer(backward, app):
    learn = app.controller.learn
    flowing = learn.backward
    app.until(lambda: flowing.flow.value is not None)
    height, width = learn.report.value.photo.shape[:2]
    assert flowing.flow.value.place == (1, height // 2, width // 2)
    x, y = backward.output.winfo_width() // 3, backward.output.winfo_height() // 3
    app.point_at(backward.output, x, y)
    app.xdotool("click", 1)
    place = backward.output.place_at(x, y)
    app.until(lambda: flowing.flow.value.place == (1, place.row, place.column))
    last = len(learn.report.value.layers) - 1
    assert learn.selected.value == last
    assert "1 position touched" in backward.layer_words.cget("text")
    backward.transport.play.invoke()
    app.until(lambda: flowing.playback.position.value >= 2)
    backward.transport.pause.invoke()
    assert learn.selected.value == last - flowing.playback.position.value
    assert backward.maps.shown == learn.layer.output_shape[0]
    learn.select(4)
    assert flowing.playback.position.value == last - 4
    assert backward.transport.words.cget("text") == f"layer {last - 4} of {last + 1}"
    flowing.playback.go_to(last + 1)
    assert backward.layer_words.cget("text").startswith("At the photo")
    app.controller.models.choose("camera")
    app.until(lambda: flowing.flow.value is None)


def test_the_sums_behind_gradients_are_stepped_through_on_the_photo(backward, app):
    learn = app.controller.learn
    flowing, sums = learn.backward, learn.backward.sums
    app.until(lambda: flowing.flow.value)
    backward.foot.buttons["input"].invoke()
    flow, report = flowing.flow.value, learn.original.value
    assert "Here it begins" in sums.shown.value.words
    kinds = set()
    for _ in flow.layers:
        backward.transport.on.invoke()
        level, found = backward._level(flow), sums.shown.value
        if found.sum is None:
            continue
        kinds.add(report.layers[level + 1].kind)
        position = flowing.playback.position.value
        part = flow.input if level < 0 else flow.layers[level].part
        strongest = float(part.values.flat[abs(part.values).argmax()])
        assert found.sum.partial(len(found.sum)) == pytest.approx(strongest, rel=1e-3)
    assert kinds == {"Conv2d", "Upsampling"}
    flowing.playback.go_to(position)
    playback = sums.playback
    playback.go_to(0)
    view = backward.feet["input"]
    view.sum.transport.on.invoke()
    assert playback.position.value == 1
    backward.foot.buttons["weight"].invoke()
    assert view.sum.equation() == ""
    flowing.playback.go_to(0)
    backward.foot.buttons["weight"].invoke()
    while sums.weights is None:
        backward.transport.on.invoke()
    app.live(0.1)
    view = backward.feet["weight"]
    view.tap.current(0)
    view.tap.event_generate("<<ComboboxSelected>>")
    assert sums.weight[2:] == (0, 0)
    number = view.numbers[1]
    number.focus_force()
    number.delete(0, "end")
    number.insert(0, "1")
    number.event_generate("<Return>")
    assert sums.weight[1] == 0
    made = sums.shown.value.sum
    words = backward.feet["weight"].title.cget("text").replace("−", "-")
    assert made is None or f": {made.partial(len(made)):.4g}" in words
    for kind in ("Conv2d", "Upsampling"):
        learn.select([layer.kind for layer in report.layers].index(kind))
        assert f"At {learn.layer.name}, through all" in view.title.cget("text")
        assert len(sums.shown.value.sum) == playback.length > 0


def test_one_button_checks_every_layer(backward, app, monkeypatch):
    from desktop_app.services.models import backward as gradients

    monkeypatch.setattr(gradients, "DIRECTIONS", 1)
    learn, checks = app.controller.learn, backward.checks
    checks.button.invoke()
    assert checks.button.cget("text") == "Cancel"
    app.until(lambda: not learn.backward.checking.value)
    lines = [checks.table.set(line) for line in checks.table.get_children()]
    names = [f"✓ {layer.name}" for layer in learn.report.value.layers]
    assert [line["layer"] for line in lines] == names
    assert all(float(line["slopes"]) < 1e-6 for line in lines)
    assert "All " in checks.verdict.cget("text")
    checks.table.selection_set(checks.table.get_children()[4])
    app.live(0.05)
    assert learn.selected.value == 4


def test_gradient_checks_are_cancelled_between_two_evaluations(backward, app, monkeypatch):
    from desktop_app.services.models import backward as gradients

    monkeypatch.setattr(gradients, "DIRECTIONS", 10**9)
    checking = app.controller.learn.backward.checking
    app.until(lambda: app.controller.at_rest)
    backward.checks.button.invoke()
    app.live(0.3)
    assert checking.value
    backward.checks.button.invoke()
    app.until(lambda: app.controller.at_rest, timeout=10)
    assert not checking.value
    assert backward.checks.table.get_children() == ()
    assert "Measure it" in backward.checks.verdict.cget("text")
    backward.checks.button.invoke()
    app.live(0.2)
    app.window.close()
    app.until(lambda: app.closed, timeout=10)


@pytest.fixture
def live(page, app):
    """The view of a tiny network that has not learned anything yet."""
    page.choice.buttons["live"].invoke()
    app.until(lambda: app.controller.learn.live.update.value is not None)
    return page.views["live"]


def test_a_network_learns_before_ones_eyes_until_it_diverges(live, page, app):
    view, settings, live = live, live.settings, app.controller.learn.live
    assert live.update.value.step == 0
    assert settings.toggle.cget("text") == "Learn"
    settings.network.set("2 convolutions")
    settings.network.event_generate("<<ComboboxSelected>>")
    app.until(lambda: live.update.value is not None)
    assert [grid.shown for grid in view.pictures] == [1, 1, 1]
    assert view.maps.shown == view.kernels.shown == 12
    assert settings.reset.instate(["disabled"])
    settings.sliders["Patches a step"].scale.set(4)
    settings.sliders["Noise"].scale.set(40)
    settings.sliders["Momentum"].scale.set(80)
    assert (live.settings.batch, live.settings.sigma_255) == (4, 40.0)
    assert live.settings.momentum == 0.8
    drawn = view.drawn
    settings.toggle.invoke()
    app.until(lambda: view.drawn >= drawn + 3)
    assert len(live.losses) == live.update.value.step
    assert f"step {live.update.value.step:,}: " in view.figures.cget("text")
    settings.toggle.invoke()
    app.live(0.3)
    paused = live.update.value.step
    app.live(0.3)
    assert live.update.value.step == paused
    assert settings.toggle.cget("text") == "Go on"
    settings.sliders["Learning rate"].scale.set(10)
    settings.toggle.invoke()
    app.until(lambda: live.state.value == "ended")
    assert settings.words.cget("text").startswith("Diverged at step ")
    assert "rate of 10" in settings.words.cget("text")
    settings.reset.invoke()
    assert live.state.value == "idle"
    assert view.pictures[0].shown == 0
    app.until(lambda: live.update.value is not None)
    assert live.update.value.step == 0
    settings.sliders["Learning rate"].scale.set(-10)
    settings.toggle.invoke()
    app.until(lambda: live.update.value.step > 0)
    page.show_view("look")
    app.live(0.05)
    assert live.state.value == "paused"


def test_a_network_learns_on_thumbnails_of_the_sample_or_of_a_folder(
    live, app, make_photo, tmp_path, monkeypatch
):
    view, settings, live = live, live.settings, app.controller.learn.live
    folders = [None, tmp_path / "nothing", tmp_path / "photos"]
    monkeypatch.setattr("desktop_app.ui.pages.learn_page.choose_folder", lambda *_: folders.pop(0))

    def choose(index):
        settings.source.current(index)
        settings.source.event_generate("<<ComboboxSelected>>")

    choose(1)
    app.until(lambda: live.update.value is not None)
    assert [grid.shown for grid in view.pictures] == [16, 16, 16]
    assert "488 thumbnails" in settings.words.cget("text")
    settings.toggle.invoke()
    app.until(lambda: live.update.value is not None and live.update.value.step > 0)
    assert view.maps.shown == 6
    choose(2)
    assert settings.source.get() == "Thumbnails: the sample"
    assert live.update.value.step > 0
    choose(2)
    assert "nothing does not exist" in app.expect_problem().sentence
    assert settings.source.get() == "The open photo"
    (tmp_path / "photos").mkdir()
    for number in range(8):
        make_photo(tmp_path / "photos" / f"{number}.png", seed=number)
    choose(2)
    app.until(lambda: live.update.value is not None and live.update.value.learned == 6)
    assert settings.source.get() == "Thumbnails: photos"
    assert [grid.shown for grid in view.pictures] == [2, 2, 2]
    choose(0)
    app.until(lambda: live.update.value is not None)
    choose(2)
    app.until(lambda: live.update.value is not None and live.update.value.learned == 6)


def test_a_network_learns_on_the_photo_without_the_noise_that_was_added(
    live, app, photo, make_photo, tmp_path
):
    live = app.controller.learn.live
    sample = live.update.value.clean
    app.open(photo)
    app.until(lambda: live.update.value is not None and live.update.value.clean.shape[1] == 120)
    clean = live.update.value.clean
    assert clean.shape != sample.shape
    app.controller.noising.add("gaussian", 50.0, seed=1)
    document = app.controller.documents.current.value
    app.until(lambda: document.state.value.truth is not None)
    app.live(0.1)
    live.reset()
    app.until(lambda: live.update.value is not None)
    np.testing.assert_array_equal(live.update.value.clean, clean)
    live.toggle()
    app.until(lambda: live.update.value.step > 0)
    app.open(make_photo(tmp_path / "other.png", 64, 64))
    app.live(0.1)
    assert live.update.value.step > 0


def test_sums_are_worked_out_by_hand(page, app):
    page.choice.buttons["example"].invoke()
    view, example = page.views["example"], app.controller.learn.example
    app.until(lambda: example.sums.value is not None)
    view.layers.buttons["Upsampling"].invoke()
    view.matrices.buttons["Input gradient"].invoke()
    app.until(lambda: example.sums.value.names[2] == "gradient of the input")
    app.live(0.05)
    sums, grid = example.sums.value, view._result
    assert sums.result.shape == (3, 3)
    app.point_at(view.canvas, int(grid.left + 1.5 * grid.wide), int(grid.top + 2.5 * grid.high))
    app.xdotool("click", 1)
    number = example.playback.position.value - 1
    cell = sums.terms[number][0]
    assert cell == (2, 1)
    count = sum(term[0] == cell for term in sums.terms)
    example.playback.step(count - 1)
    app.live(0.05)
    words = view.term.cget("text").replace("−", "-")
    assert float(words.split("=")[1]) == sums.result[2, 1]
    assert words.count("·") == count


def test_the_page_follows_the_picture_and_the_model(page, app, photo, make_photo, tmp_path):
    app.open(photo)
    learn = app.controller.learn
    app.until(lambda: learn.report.value.picture == photo.name)
    app.window.main.show_page("denoise")
    app.live(0.05)
    other = make_photo(tmp_path / "other.png")
    app.open(other)
    app.live(0.2)
    assert learn.report.value.picture == photo.name
    app.window.main.show_page("learn")
    app.until(lambda: learn.report.value.picture == other.name)


def test_pictures_are_laid_out_as_large_as_fits():
    stack = np.stack([np.full((10, 20), 10 * (number + 1), np.uint8) for number in range(4)])
    image = compose(stack, 84, 44, 4, "#000000")
    values = np.asarray(image)[:, :, 0]
    assert [values[5, 5], values[5, 60], values[30, 5], values[30, 60]] == [10, 20, 30, 40]
    assert values[21, 5] == 0
    assert set(np.unique(values)) == {0, 10, 20, 30, 40}


def test_a_map_grows_and_tells_its_values(page, app):
    learn, view = app.controller.learn, page.views["look"]
    maps = view.maps
    learn.select(2)
    app.live(0.05)
    layer = learn.layer
    app.point_at(maps, 3, 3)
    assert f": map 1 of {len(layer.maps)}, row " in view.title.cget("text")
    app.xdotool("click", 1)
    assert maps.chosen == 0
    x, y = maps.winfo_width() // 3, maps.winfo_height() // 3
    app.point_at(maps, x, y)
    place = maps.place_at(x, y)
    assert place.row > 10
    value = float(layer.values[place.picture, place.row, place.column])
    assert f"column {place.column + 1}: {precise(value)}." in view.title.cget("text")
    app.xdotool("key", "Right")
    assert maps.chosen == 1
    app.xdotool("key", "Escape")
    assert maps.chosen is None


def test_a_value_shows_what_it_sees_and_is_summed_up_step_by_step(page, app):
    learn, view = app.controller.learn, page.views["look"]
    pointing, maps = learn.pointing, view.maps
    learn.select(1)
    maps.choose(1)
    app.live(0.05)
    app.point_at(maps, 60, 60)
    pointed = pointing.value.value
    assert pointed.box == learn.layer.receptive_field(pointed.row, pointed.column)
    assert len(view.photo.find_withtag("box")) == 2
    app.xdotool("click", 1)
    app.point_at(maps, 90, 90)
    assert pointing.value.value is pointed or pointing.value.value.row == pointed.row
    count = len(pointed.sum)
    assert count == 16 * 9
    assert view.sum.equation().endswith(f"= {_signed(pointed.number)}, the value")
    view.sum.transport.play.invoke()
    app.until(lambda: pointing.playback.position.value >= 3)
    view.sum.transport.pause.invoke()
    app.live(0.2)
    here = pointing.playback.position.value
    assert here < count
    assert not pointing.playback.playing.value
    view.sum.transport.on.invoke()
    assert pointing.playback.position.value == here + 1
    left, right = pointed.sum.factors(here)
    assert f"{_signed(left)} × {_signed(right)} = " in view.sum.equation()
    maps.focus_set()
    app.xdotool("key", "shift+Right")
    assert pointing.value.value.column == pointed.column + 1
    pointing.pinned.value = False
    seconds = []
    for place in range(10, 60, 5):
        begin = time.thread_time()
        maps.event_generate("<Motion>", x=place, y=place)
        app.root.update()
        seconds.append(time.thread_time() - begin)
        assert pointing.value.value.row == maps.place_at(place, place).row
    assert sorted(seconds)[len(seconds) // 2] < 0.05
    kinds = [layer.kind for layer in learn.report.value.layers]
    learn.select(kinds.index("ReLU"))
    assert view.sum.equation().startswith("ReLU(")
    learn.select(kinds.index("Sum"))
    assert "(skipped) + " in view.sum.equation()


def _signed(number: float) -> str:
    return f"({precise(number)})" if number < 0 else precise(number)


def test_a_channel_off_and_a_kernel_edited_change_the_photo_until_reset(page, app):
    learn = app.controller.learn
    before = learn.report.value
    learn.select(1)
    page.choice.buttons["change"].invoke()
    app.live(0.1)
    view = page.views["change"]
    x, y = 5, 5
    app.point_at(view.channels, x, y)
    app.xdotool("click", 1)
    channel = view.channels.place_at(x, y).picture
    assert learn.pointing.value.value.channel == channel
    assert view.patches.shown >= 3
    view.editor.switch.invoke()
    app.until(lambda: learn.report.value is not before)
    assert not learn.layer.values[channel].any()
    view.editor.switch.invoke()
    app.until(lambda: not learn.inspecting.value)
    learn.pointing.choose_channel(0)
    entry = view.editor.entries[1, 1]
    entry.delete(0, "end")
    entry.insert(0, "2,5")
    entry.event_generate("<FocusOut>")
    app.until(lambda: learn.layer.kernel.weight[0, 0, 1, 1] == 2.5)
    assert (learn.report.value.denoised != learn.original.value.denoised).any()
    view.editor.edits["Zero"].invoke()
    app.until(lambda: not learn.layer.kernel.weight[0, 0].any())
    entry = view.editor.entries[1, 1]
    entry.insert(0, "x")
    entry.event_generate("<FocusOut>")
    assert "is not a number" in app.controller.context.status.value
    view.reset.invoke()
    app.until(lambda: not learn.inspecting.value)
    np.testing.assert_array_equal(learn.report.value.denoised, before.denoised)
    assert view.reset.instate(["disabled"])
