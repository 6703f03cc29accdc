"""From a photo's own colours to those of the screen: for looking only, never for what is saved."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
from PIL import Image, ImageCms

Convert = Callable[[Image.Image], Image.Image]
"""Turns an RGB image in a photo's colours into one for the screen, of the same size."""

_CUBE_SIDE = 9
_ASKING_SECONDS = 2.0


@lru_cache(maxsize=8)
def to_screen(profile: bytes | None) -> Convert | None:
    """Return what brings colours of a profile to the screen, or ``None`` where nothing changes.

    A photo without a profile is taken for sRGB, and so is one whose profile is damaged.

    Args:
        profile: the ICC profile of a photo, of RGB or of gray.
    """
    for own in (profile, None):
        try:
            return _conversion(_srgb() if own is None else _parsed(own))
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            continue
    return None


def _conversion(source: ImageCms.ImageCmsProfile) -> Convert | None:
    mode = "L" if source.profile.xcolor_space.strip() == "GRAY" else "RGB"
    transform = ImageCms.buildTransform(source, _screen(), mode, "RGB")

    def convert(image: Image.Image) -> Image.Image:
        # A gray photo is shown as RGB with equal channels.
        taken = image if mode == "RGB" else image.getchannel(0)
        converted = ImageCms.applyTransform(taken, transform)
        return image if converted is None else converted

    cube = _cube(mode)
    change = np.abs(np.asarray(convert(cube)).astype(int) - np.asarray(cube))
    return convert if change.max() > 1 else None


def _cube(mode: str) -> Image.Image:
    """Return an image of colours all over the RGB cube, or of all grays."""
    if mode == "L":
        grays = np.arange(256, dtype=np.uint8)
        return Image.fromarray(np.repeat(grays[None, :, None], 3, axis=2))
    steps = np.rint(np.linspace(0, 255, _CUBE_SIDE)).astype(np.uint8)
    colours = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    return Image.fromarray(np.ascontiguousarray(colours))


def _parsed(profile: bytes) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(profile))


def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@cache
def _screen() -> ImageCms.ImageCmsProfile:
    """Return the profile of the screen; sRGB where it is not known, or no RGB profile."""
    try:
        if sys.platform == "win32":
            return ImageCms.get_display_profile() or _srgb()
        stored = _profile_of_x11() if sys.platform.startswith("linux") else None
        screen = _parsed(stored) if stored else _srgb()
        return screen if screen.profile.xcolor_space.strip() == "RGB" else _srgb()
    except (ImageCms.PyCMSError, OSError, ValueError):
        return _srgb()


def _profile_of_x11() -> bytes | None:
    """Return what the desktop keeps for programs on the root window, or ``None``."""
    if shutil.which("xprop") is None:
        return None
    command = ["xprop", "-root", "-len", "16000000", "-f", "_ICC_PROFILE", "8u", "_ICC_PROFILE"]
    try:
        told = subprocess.run(
            command, capture_output=True, text=True, timeout=_ASKING_SECONDS, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    _, _, numbers = told.partition("=")
    return bytes(int(number) for number in re.findall(r"\b(?:\d{1,2}|1\d\d|2[0-5]\d)\b", numbers))
