"""TIFF files of every layout are read rightly, or refused by name."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import open_picture, save_picture
from tests.desktop_app.services.pictures.hostile_corpus import chunk, png


@pytest.mark.parametrize(
    ("dtype", "options", "words"),
    [
        (np.float16, {"photometric": "rgb"}, "floating-point"),
        (np.float32, {"photometric": "rgb"}, "floating-point"),
        (np.float64, {"photometric": "rgb", "planarconfig": "separate"}, "floating-point"),
        (np.uint32, {"photometric": "rgb"}, "32-bit integers"),
        (np.int16, {"photometric": "rgb"}, "signed integers"),
        (np.uint16, {"photometric": "cielab"}, "Lab colours with 16 bits"),
        (np.uint16, {"photometric": "rgb", "planarconfig": "separate"}, "in separate planes"),
        (np.uint16, {"photometric": "cfa"}, "raw samples"),
    ],
)
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_what_cannot_be_read_is_named(tmp_path, samples, dtype, options, words, compression):
    values = samples.astype(dtype)
    if options.get("planarconfig") == "separate":
        values = np.moveaxis(values, 2, 0)
    if options["photometric"] == "cfa":
        values = values[:, :, 0]
    tifffile.imwrite(tmp_path / "in.tif", values, compression=compression, **options)
    with pytest.raises(PictureError, match=rf"cannot be used: .*{words}"):
        open_picture(tmp_path / "in.tif")


@pytest.mark.parametrize(
    ("dtype", "extra", "words"),
    [
        (np.uint8, ["unspecified"], "A further channel of the file"),
        (np.uint8, ["unassalpha", "unspecified"], "A further channel of the file"),
        (np.uint8, ["unassalpha"], None),
        (np.uint16, ["unspecified"], "A further channel of the file"),
        (np.uint16, ["unassalpha"], None),
    ],
)
def test_a_channel_that_does_not_go_along_is_said(tmp_path, samples, dtype, extra, words):
    values = samples.astype(dtype) * (257 if dtype == np.uint16 else 1)
    further = np.repeat(values[:, :, :1], len(extra), axis=2)
    tifffile.imwrite(
        tmp_path / "in.tif", np.concatenate([values, further], axis=2), photometric="rgb",
        extrasamples=extra, planarconfig="contig",
    )  # fmt: skip
    picture = open_picture(tmp_path / "in.tif")
    np.testing.assert_array_equal(picture.samples, values)
    lost = save_picture(picture, tmp_path / "out.tif")
    assert (lost == ()) if words is None else (len(lost) == 1 and words in lost[0])


def test_a_png_of_countless_pieces_is_refused_at_once(tmp_path):
    whole = png(4, 4, bytes(52))
    (tmp_path / "in.png").write_bytes(whole[:33] + chunk(b"tEXt", b"") * 200_000 + whole[33:])
    with pytest.raises(PictureError, match="made of so many small pieces"):
        open_picture(tmp_path / "in.png")
