"""The controllers of pages that are made later know what has happened before."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.document import Document, LoadedPicture
from desktop_app.controllers.learn import LearnController
from desktop_app.services.pictures import Picture


def test_the_learn_page_takes_up_the_photo_that_is_open(tmp_path, monkeypatch):
    followed = []
    monkeypatch.setattr(LearnController, "follow", lambda _, document: followed.append(document))
    application = ApplicationController(tmp_path / "settings.json")
    document = Document(Path("photo.png"), LoadedPicture(Picture(np.zeros((8, 8, 3), np.uint8))))
    application.changed.value = application.documents.current.value = document
    assert followed == []
    assert application.learn is application.learn
    assert followed == [document]
    application.documents.current.value = None
    assert followed[-1] is None
    application.context.runner.cancel_for_closing()
