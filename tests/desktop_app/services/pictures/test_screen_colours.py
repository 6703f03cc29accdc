"""The colours on the screen are those that a colour-managed viewer shows; the pixels stay."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from desktop_app.services.pictures import screen_colours
from desktop_app.services.pictures.pyramid import ImagePyramid
from desktop_app.services.pictures.screen_colours import to_screen
from desktop_app.services.pictures.view_rendering import Look, render

DISPLAY_P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
"""X, Y and Z of red, green and blue, adapted to D50."""
WHITE = (0.9642, 1.0, 0.8249)


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Return an ICC profile of version 2 with these tags."""
    offset = 128 + 4 + 12 * len(tags)
    table, content = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name, offset + len(content), len(data))
        content += data + bytes(-len(data) % 4)
    size = offset + len(content)
    head = struct.pack(">I4sI4s4s4s", size, b"none", 0x02400000, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H4s", 2024, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    head += b"".join(struct.pack(">i", round(value * 65536)) for value in WHITE)
    return head.ljust(128, b"\0") + table + content


def _xyz(values: tuple[float, ...]) -> bytes:
    fixed = b"".join(struct.pack(">i", round(value * 65536)) for value in values)
    return b"XYZ \0\0\0\0" + fixed


def _gamma(exponent: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(exponent * 256))


def rgb_profile(primaries: tuple[tuple[float, ...], ...] = DISPLAY_P3, gamma: float = 2.2) -> bytes:
    tags = {b"wtpt": _xyz(WHITE)}
    for letter, column in zip((b"r", b"g", b"b"), primaries, strict=True):
        tags[letter + b"XYZ"], tags[letter + b"TRC"] = _xyz(column), _gamma(gamma)
    return _profile(b"RGB ", tags)


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def test_the_view_shows_what_a_colour_managed_viewer_shows(pixels):
    profile = rgb_profile()
    expected = ImageCms.profileToProfile(
        Image.fromarray(pixels),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
    )
    pyramid = ImagePyramid(pixels.copy())
    look = Look(pyramid, to_screen=to_screen(profile))
    shown = render(look, 0, 0, 1, 60, 40, "#808080")
    assert np.array_equal(np.asarray(shown), np.asarray(expected))
    assert not np.array_equal(np.asarray(shown), pixels)
    assert np.array_equal(pyramid.levels[0], pixels)
    difference = Look(pyramid, pyramid, residual=True, to_screen=to_screen(profile))
    assert {*np.asarray(render(difference, 0, 0, 1, 60, 40, "#808080")).ravel()} <= {127, 128}


@pytest.mark.parametrize("profile", [None, b"", b"no profile at all", bytes(4000)])
def test_nothing_is_converted_without_a_usable_profile(profile):
    assert to_screen(profile) is None


def test_srgb_is_shown_as_it_is():
    assert to_screen(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()) is None


def test_a_gray_photo_is_shown_in_gray_and_with_its_own_gamma():
    profile = _profile(b"GRAY", {b"wtpt": _xyz(WHITE), b"kTRC": _gamma(1.0)})
    convert = to_screen(profile)
    assert convert is not None
    red, green, blue = convert(Image.new("RGB", (1, 1), (55, 55, 55))).getpixel((0, 0))
    assert red == pytest.approx(128, abs=2)
    assert max(red, green, blue) - min(red, green, blue) <= 1


def test_the_screens_own_profile_is_asked_for(monkeypatch, tmp_path):
    screen = rgb_profile()
    program = tmp_path / "xprop"
    program.write_text(
        "#!/bin/sh\necho '_ICC_PROFILE(CARDINAL) = " + ", ".join(map(str, screen)) + "'\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(screen_colours.sys, "platform", "linux")
    screen_colours._screen.cache_clear()
    to_screen.cache_clear()
    try:
        assert to_screen(screen) is None
        convert = to_screen(None)
        assert convert is not None
        assert convert(Image.new("RGB", (1, 1), (255, 0, 0))).getpixel((0, 0))[0] < 245
    finally:
        screen_colours._screen.cache_clear()
        to_screen.cache_clear()
