"""Copies for the web: small, in sRGB, and silent about the person."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageCms

from desktop_app.services.errors import PictureError, TargetExistsError
from desktop_app.services.pictures.picture import Picture, PictureMetadata
from desktop_app.services.pictures.web_export import WebOptions, export_for_web, web_picture


def picture(height: int = 60, width: int = 90, **fields: object) -> Picture:
    down, across = np.mgrid[0:height, 0:width]
    values = np.stack([across * 2, down * 3, across + down], axis=2).astype(np.uint8)
    return Picture(values, **fields)


@pytest.mark.parametrize(
    ("longest_side", "size"), [(0, (90, 60)), (45, (45, 30)), (500, (90, 60)), (1, (1, 1))]
)
def test_the_longest_side_is_kept_to_and_nothing_is_enlarged(longest_side, size):
    assert web_picture(picture(), longest_side).size == size


def test_no_metadata_is_written(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8825)[2] = (48.0, 30.0, 1.5)
    metadata = PictureMetadata(exif=exif.tobytes(), xmp=b"<x:xmpmeta/>", iptc=b"\x1c\x02")
    for form, ending in (("JPEG", "jpg"), ("WEBP", "webp")):
        path = tmp_path / f"out.{ending}"
        size = export_for_web(picture(metadata=metadata), path, WebOptions(50, form))
        assert size == path.stat().st_size
        with Image.open(path) as image:
            assert image.format == form
            assert len(image.getexif()) == 0
            assert not {"exif", "xmp", "icc_profile", "photoshop"} & set(image.info)


def test_other_colour_spaces_become_srgb():
    colours = np.full((8, 8, 3), (200, 60, 20), np.uint8)
    swapped = _profile_with_red_and_blue_swapped()
    wide = Picture(colours, metadata=PictureMetadata(icc_profile=swapped))
    plain = Picture(colours)
    assert np.asarray(web_picture(plain, 0))[4, 4].tolist() == [200, 60, 20]
    converted = np.asarray(web_picture(wide, 0))[4, 4].tolist()
    assert converted != [200, 60, 20]


def _profile_with_red_and_blue_swapped() -> bytes:
    """sRGB with the colour of its red primary exchanged for that of the blue one."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return data.replace(b"rXYZ", b"tmp!").replace(b"bXYZ", b"rXYZ").replace(b"tmp!", b"bXYZ")


def test_a_damaged_profile_does_not_stand_in_the_way():
    odd = picture(metadata=PictureMetadata(icc_profile=b"garbage" * 50))
    assert web_picture(odd, 0).size == (90, 60)


def test_transparency_becomes_white_and_16_bits_become_8():
    samples = np.full((4, 4, 3), 65535 // 4, np.uint16)
    alpha = np.zeros((4, 4), np.uint16)
    alpha[:2] = 65535
    shown = np.asarray(web_picture(Picture(samples, alpha), 0))
    assert shown[3, 0].tolist() == [255, 255, 255]
    assert shown[0, 0].tolist() == [64, 64, 64]


def test_nothing_is_overwritten_unasked(tmp_path):
    path = tmp_path / "out.jpg"
    path.write_bytes(b"precious")
    with pytest.raises(TargetExistsError):
        export_for_web(picture(), path, WebOptions())
    assert path.read_bytes() == b"precious"
    export_for_web(picture(), path, WebOptions(), overwrite=True)
    with Image.open(path) as image:
        assert image.size == (90, 60)


def test_quality_out_of_range_gets_a_sentence(tmp_path):
    with pytest.raises(PictureError, match="between 1 and 100, not at 0"):
        export_for_web(picture(), tmp_path / "out.jpg", WebOptions(quality=0))
