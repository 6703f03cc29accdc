"""A protected file, or one with more names, is not replaced without a word."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from desktop_app.services.pictures import open_picture, save_picture
from desktop_app.services.pictures.files.protection import ProtectedTargetError, why_protected
from desktop_app.services.pictures.picture import Picture
from desktop_app.services.pictures.web_export import WebOptions, export_for_web

NEW = Picture(np.full((9, 9, 3), 7, np.uint8))


@pytest.mark.parametrize(
    ("protect", "words"),
    [(lambda path: path.chmod(0o444), "is write-protected"),
     (lambda path: path.with_name("more.png").hardlink_to(path), "has one more name")],
)  # fmt: skip
def test_a_protected_file_is_replaced_only_when_agreed_to(tmp_path, protect, words):
    target = tmp_path / "a.png"
    Image.new("RGB", (9, 9)).save(target)
    assert why_protected(target) is None
    protect(target)
    before = target.read_bytes()
    with pytest.raises(ProtectedTargetError, match=words):
        save_picture(NEW, target, overwrite=True)
    with pytest.raises(ProtectedTargetError, match=words):
        export_for_web(NEW, target, WebOptions(format="JPEG"), overwrite=True)
    assert target.read_bytes() == before
    mode = target.stat().st_mode
    save_picture(NEW, target, overwrite=True, replace_protected=True)
    assert open_picture(target).samples[0, 0, 0] == 7
    assert target.stat().st_mode == mode


def test_a_file_that_does_not_exist_is_not_protected(tmp_path):
    assert why_protected(tmp_path / "none.png") is None
