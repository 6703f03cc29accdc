"""The whole main job in the window, with sockets forbidden."""

from __future__ import annotations

import pytest

from tests.network import forbidden_sockets


@pytest.fixture
def attempts():
    """Before the window is made, and until it is closed."""
    with forbidden_sockets() as attempts:
        yield attempts


def test_opening_denoising_and_saving_needs_no_network(attempts, app, photo, tmp_path):
    document = app.open(photo)
    app.denoise()
    app.controller.saving.save(document, tmp_path / "out.png")
    app.until(lambda: not app.controller.saving.saving.value)
    assert (tmp_path / "out.png").exists()
    assert attempts == []
