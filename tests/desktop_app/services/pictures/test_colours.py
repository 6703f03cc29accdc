"""What samples mean as colours goes from any file into any other."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from desktop_app.services.pictures import open_picture, save_picture
from desktop_app.services.pictures.files import isobmff
from desktop_app.services.pictures.metadata import colour, icc_making

ENDINGS = ("png", "jpg", "tif", "webp", "avif")
SRGB_PLACE = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
ADOBE_PLACE = (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)


def shown(path: Path) -> np.ndarray:
    """The colours of a file as a colour-managed viewer shows them, in sRGB."""
    picture = open_picture(path)
    samples = picture.samples if picture.bits == 8 else (picture.samples >> 8).astype(np.uint8)
    samples = np.repeat(samples, 3, axis=2) if picture.is_gray else samples
    profile = colour.fitting_profile(picture.metadata.icc_profile, 3)
    if profile is None:
        return samples.astype(int)
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    target = ImageCms.createProfile("sRGB")
    return np.asarray(ImageCms.profileToProfile(Image.fromarray(samples), source, target), int)


def png_with(path: Path, values: np.ndarray, **chunks: bytes) -> None:
    info = PngInfo()
    for kind, content in chunks.items():
        info.add(kind.encode(), content)
    Image.fromarray(values).save(path, pnginfo=info)


def flat(*colours: tuple[int, int, int]) -> np.ndarray:
    return np.repeat(np.array(colours, np.uint8), 16, axis=0).reshape(len(colours) * 4, 4, 3)


PALETTE = flat((20, 20, 20), (128, 128, 128), (200, 90, 60), (60, 160, 90))


@pytest.mark.parametrize(
    "chunks",
    [
        {"gAMA": struct.pack(">I", 100_000), "cHRM": struct.pack(">8I", *SRGB_PLACE)},
        {"gAMA": struct.pack(">I", 100_000)},
        {"gAMA": struct.pack(">I", 45_455), "cHRM": struct.pack(">8I", *ADOBE_PLACE)},
        {"cICP": bytes([12, 13, 0, 1])},
        {"cICP": bytes([9, 16, 0, 1])},
        {"cICP": bytes([9, 18, 0, 1])},
    ],
    ids=["linear", "linear-without-place", "adobe", "p3", "pq", "hlg"],
)
@pytest.mark.parametrize("ending", ENDINGS)
def test_colours_look_the_same_in_every_format(tmp_path, ending, chunks):
    png_with(tmp_path / "in.png", PALETTE, **chunks)
    picture = open_picture(tmp_path / "in.png")
    assert save_picture(picture, tmp_path / f"out.{ending}") == ()
    wanted, found = shown(tmp_path / "in.png"), shown(tmp_path / f"out.{ending}")
    assert np.abs(wanted - PALETTE).max() > 10
    assert np.median(np.abs(found - wanted)) < (0.1 if ending in ("png", "tif") else 4)
    if ending == "png":
        again = open_picture(tmp_path / "out.png").metadata
        assert set(again.png) == set(picture.metadata.png)
        with Image.open(tmp_path / "out.png") as image:
            assert "icc_profile" not in image.info


def test_linear_samples_become_the_light_that_they_are():
    profile = icc_making.profile_of_gamma(1.0, None)
    assert profile is not None
    ramp = np.repeat(np.arange(0, 256, 5, dtype=np.uint8), 3).reshape(1, -1, 3)
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    converted = ImageCms.profileToProfile(
        Image.fromarray(ramp), source, ImageCms.createProfile("sRGB")
    )
    light = ramp / 255
    expected = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(np.asarray(converted) - expected * 255).max() < 1.5


def test_primaries_are_those_of_other_programs():
    profile = icc_making.profile_of_cicp(12, 13)
    assert profile is not None
    red = Image.fromarray(flat((255, 0, 0)))
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    converted = ImageCms.profileToProfile(red, ImageCms.createProfile("sRGB"), target)
    # The known coordinates of sRGB's red in Display P3.
    assert np.abs(np.asarray(converted)[0, 0].astype(int) - (234, 51, 35)).max() <= 1


@pytest.mark.parametrize(
    "chunks",
    [
        {},
        {"sRGB": b"\0", "gAMA": struct.pack(">I", 100_000)},
        {"gAMA": struct.pack(">I", 45_455), "cHRM": struct.pack(">8I", *SRGB_PLACE)},
        {"cICP": bytes([1, 13, 0, 1])},
        {"gAMA": struct.pack(">I", 0)},
        {"gAMA": struct.pack(">I", 60_000), "cHRM": struct.pack(">8I", *(0,) * 8)},
        {"cICP": bytes([200, 77, 0, 1])},
    ],
)
def test_srgb_and_nonsense_get_no_profile(tmp_path, chunks):
    png_with(tmp_path / "in.png", PALETTE, **chunks)
    assert open_picture(tmp_path / "in.png").metadata.icc_profile is None


def test_the_numbers_of_an_avif_file_are_read_and_written(tmp_path):
    encoded = io.BytesIO()
    Image.fromarray(PALETTE).save(encoded, "AVIF", quality=100, subsampling="4:4:4")
    (tmp_path / "in.avif").write_bytes(isobmff.with_cicp(encoded.getvalue(), (9, 16)))
    picture = open_picture(tmp_path / "in.avif")
    assert picture.metadata.cicp == (9, 16)
    for ending in ("avif", "png"):
        save_picture(picture, tmp_path / f"out.{ending}")
        assert open_picture(tmp_path / f"out.{ending}").metadata.cicp == (9, 16)
    assert np.abs(shown(tmp_path / "out.avif") - shown(tmp_path / "in.avif")).mean() < 4


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("is_gray", [False, True])
@pytest.mark.parametrize("profile_is_gray", [False, True])
def test_a_profile_fits_the_samples_beside_it(tmp_path, ending, is_gray, profile_is_gray):
    linear = icc_making.profile_of_gamma(1.0, None)
    assert linear is not None
    profile = colour.fitting_profile(linear, 1) if profile_is_gray else linear
    values = PALETTE[:, :, 0] if is_gray else np.repeat(PALETTE[:, :, :1], 3, axis=2)
    Image.fromarray(values).save(tmp_path / "in.tif", icc_profile=profile)
    save_picture(open_picture(tmp_path / "in.tif"), tmp_path / f"out.{ending}")
    with Image.open(tmp_path / f"out.{ending}") as image:
        space = {"L": b"GRAY", "RGB": b"RGB "}[image.mode]
        assert image.info["icc_profile"][16:20] == space
    assert np.abs(shown(tmp_path / f"out.{ending}") - shown(tmp_path / "in.tif")).mean() < 4


def test_a_profile_that_cannot_fit_is_said(tmp_path):
    printing = bytearray(icc_making.profile_of_gamma(1.0, None) or b"")
    printing[16:20] = b"CMYK"
    Image.fromarray(PALETTE).save(tmp_path / "in.png", icc_profile=bytes(printing))
    lost = save_picture(open_picture(tmp_path / "in.png"), tmp_path / "out.png")
    assert lost == ("The colour profile does not fit the samples and is left out.",)
