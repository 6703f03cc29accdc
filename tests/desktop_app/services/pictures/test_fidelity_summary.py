"""The summary before saving says what the files then hold."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import open_picture, save_picture
from desktop_app.services.pictures.metadata.fidelity import fidelity
from desktop_app.services.pictures.picture import Picture

NAMES = {
    "exif": "EXIF data",
    "xmp": "XMP data",
    "iptc": "IPTC data",
    "icc_profile": "colour profile",
}


@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp", "avif", "bmp", "ppm"])
def test_what_is_promised_is_in_the_file(make_full_jpeg, tmp_path, ending):
    source = open_picture(make_full_jpeg(orientation=6))
    path = tmp_path / f"out.{ending}"
    promised = fidelity(source, path)
    save_picture(source, path)
    back = open_picture(path)
    for name, title in NAMES.items():
        kept = getattr(back.metadata, name) is not None
        assert (title in promised.kept) == kept
        assert any(title in sentence for sentence in promised.lost) != kept


def test_the_compression_of_the_source_is_named(make_full_jpeg, tmp_path):
    source = open_picture(make_full_jpeg())
    kept = fidelity(source, tmp_path / "a.jpg").kept
    assert kept[0] == "JPEG with the quality and the colour resolution of the source"
    # No number that only few know.
    assert not [word for sentence in kept for word in sentence if word.isdigit()]
    assert fidelity(source, tmp_path / "a.png").kept[0] == "PNG, every sample exactly"


@pytest.mark.parametrize(
    ("ending", "words"), [("png", "16 bits per sample"), ("tif", "16 bits per sample")]
)
def test_depth_alpha_and_gray_are_named(tmp_path, ending, words):
    deep = Picture(np.zeros((5, 5, 1), np.uint16), np.zeros((5, 5), np.uint16))
    kept = fidelity(deep, tmp_path / f"a.{ending}").kept
    assert {words, "Transparency", "Gray stays gray"} <= set(kept)
    shallow = fidelity(deep, tmp_path / "a.jpg")
    assert not {words, "Transparency"} & set(shallow.kept)
    assert len(shallow.lost) == 2


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(PictureError, match="ending .xyz is unknown"):
        fidelity(Picture(np.zeros((5, 5, 1), np.uint8)), tmp_path / "a.xyz")
