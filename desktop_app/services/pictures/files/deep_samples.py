"""Decoding samples of 16 bits, which Pillow by itself cuts down to 8 without a word.

Pillow's decoders can unpack 16-bit samples of either byte order, keeping the upper byte of each. So
the file is decoded twice: once as it is, and once with the byte order exchanged, which keeps the
lower byte. All compressions and layouts that Pillow knows work in this way, at its speed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from PIL import Image, TiffImagePlugin

from desktop_app.services.pictures.files.loading import Load, UnsupportedKindError
from desktop_app.services.pictures.picture import Samples

_PREMULTIPLIED = "RGBa;16"
_SEPARATE_PLANES = 2
_TIFF_BITS, _TIFF_PHOTOMETRIC, _TIFF_PLANES = 258, 262, 284

# Two 16-bit samples, gray and alpha, take the room of four 8-bit ones. Pillow is told to read them
# as such, because it has no mode for them.
_BYTE_PAIRS = "RGBA"
for _mark in (b"II", b"MM"):
    for _extra in ((0,), (2,)):
        TiffImagePlugin.OPEN_INFO[_mark, 1, (1,), 1, (16, 16), _extra] = ("RGBA", _BYTE_PAIRS)


def is_deep(image: Image.Image) -> bool:
    """Whether a file that was opened, but not decoded yet, has more than 8 bits per sample."""
    if image.mode == "CMYK":  # becomes RGB by way of a colour profile, for which 8 bits must do
        return False
    return image.mode.startswith("I") or ";16" in _raw_mode(image) or _tiff_bits(image)[0] == 16


def _tiff_bits(image: Image.Image) -> tuple[int, ...]:
    tags = getattr(image, "tag_v2", {})
    bits = tags.get(_TIFF_BITS, (0,))
    return bits if isinstance(bits, tuple) and bits else (0,)


def _has_planes(image: Image.Image) -> bool:
    tags = getattr(image, "tag_v2", {})
    return bool(tags.get(_TIFF_PLANES) == _SEPARATE_PLANES)


def _raw_mode(image: Image.Image) -> str:
    tile = getattr(image, "tile", None)
    if not tile:
        return ""
    arguments = tile[0][3]
    first = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    return first if isinstance(first, str) else ""


def prepare_ppm(image: Image.Image) -> None:
    """Let Pillow decode a 16-bit PPM file in the ways that :func:`decode_deep` builds on.

    Raises:
        UnsupportedKindError: Pillow's decoder for this kind is far too slow for photos.
    """
    tile = image.tile[0]  # type: ignore[attr-defined]
    if tile.codec_name == "ppm" and image.mode == "RGB" and tile.args[-1] == 65535:
        raw = tile._replace(codec_name="raw", args=("RGB;16B", 0, 1))
        image.tile = [raw]  # type: ignore[attr-defined]
    elif tile.codec_name != "raw":
        raise UnsupportedKindError("it is a PPM file that is not binary with 8 or 16 bits")


def _with_raw_mode(image: Image.Image, raw_mode: str) -> Image.Image:
    def changed(arguments: object) -> object:
        return (raw_mode, *arguments[1:]) if isinstance(arguments, tuple) else raw_mode

    image.tile = [tile._replace(args=changed(tile.args)) for tile in image.tile]  # type: ignore[attr-defined]
    return image


def decode_deep_avif(content: bytes, bits: int) -> tuple[Samples, Samples | None]:
    """Decode an AVIF file of 10 or 12 bits, as it lies in the file, through the extra 'avif'.

    Args:
        content: of the file.
        bits: per sample.

    Returns:
        Samples (H, W, 1 or 3) and alpha (H, W) or None, as ``uint16`` over its whole range.

    Raises:
        ImportError: the extra is missing.
        Exception: whatever the decoder raises on a damaged file.
    """
    import imagecodecs

    values = np.atleast_3d(imagecodecs.avif_decode(content, index=0))
    # Repeating the upper bits below makes white white.
    values = values << (16 - bits) | values >> (2 * bits - 16)
    if values.shape[2] in (2, 4):
        return np.ascontiguousarray(values[:, :, :-1]), np.ascontiguousarray(values[:, :, -1])
    return values, None


Decoded: TypeAlias = tuple[Samples, Samples | None, Image.Image]


def decode_deep(reopen: Callable[[], Image.Image], load: Load) -> Decoded:
    """Decode a file for which :func:`is_deep` holds.

    Args:
        reopen: opens the same file anew, not decoded yet.
        load: decodes what it is given.

    Returns:
        Samples (H, W, 1 or 3) and alpha (H, W) or None, as ``uint16`` over its whole range, and the
        decoded image, for what else it holds.

    Raises:
        UnsupportedKindError: the samples have no fixed white, or an unknown layout.
    """
    image = reopen()
    raw_mode = _raw_mode(image)
    if image.mode.startswith("I"):
        load(image)
        return *_gray_samples(image), image
    if _has_planes(image):
        raise UnsupportedKindError("its 16-bit channels lie in separate planes")
    if raw_mode == "LA;16B":
        return _decode_byte_pairs(_with_raw_mode(image, _BYTE_PAIRS), load, ">")
    if len(_tiff_bits(image)) == 2:
        return _decode_byte_pairs(image, load, _byte_order_of_pairs(image))
    if image.mode not in ("RGB", "RGBA"):
        raise UnsupportedKindError(f"it holds 16 bits in the colour mode {image.mode}")
    return _decode_colour(reopen, load, raw_mode)


def _gray_samples(image: Image.Image) -> tuple[Samples, Samples | None]:
    if image.mode == "I" and image.format != "PPM":
        raise UnsupportedKindError(
            "its samples are 32-bit or signed integers, whose white is not known"
        )
    tags = getattr(image, "tag_v2", {})
    transparent = image.info.get("transparency")
    values = np.asarray(image)
    samples = np.clip(values, 0, 65535).astype(np.uint16)
    if _tiff_bits(image)[0] == 12:
        samples = samples << 4 | samples >> 8
    alpha = None
    if isinstance(transparent, int):
        alpha = np.where(samples == transparent, 0, 65535).astype(np.uint16)
    if tags.get(_TIFF_PHOTOMETRIC) == 0:  # here 0 means white
        samples = ~samples
    return samples[:, :, None], alpha


def _byte_order_of_pairs(image: Image.Image) -> str:
    if image.tile[0].codec_name == "libtiff":  # type: ignore[attr-defined]
        return "="
    tags: Any = getattr(image, "tag_v2", None)
    return "<" if tags.prefix == b"II" else ">"


def _decode_byte_pairs(image: Image.Image, load: Load, order: str) -> Decoded:
    load(image)
    joined = np.ascontiguousarray(np.asarray(image)).view(order + "u2").astype(np.uint16)
    return joined[:, :, :1].copy(), joined[:, :, 1].copy(), image


def _decode_colour(reopen: Callable[[], Image.Image], load: Load, raw_mode: str) -> Decoded:
    def decoded(mode: str) -> Image.Image:
        image = _with_raw_mode(reopen(), mode)
        load(image)
        return image

    plain = raw_mode.replace(_PREMULTIPLIED, "RGBA;16")
    samples = np.asarray(decoded(plain)).astype(np.uint16)
    samples <<= 8
    image = decoded(_other_byte_order(plain))
    samples |= np.asarray(image)
    if samples.shape[2] == 4:
        colour, alpha = samples[:, :, :3], samples[:, :, 3]
        if raw_mode.startswith(_PREMULTIPLIED):
            colour = _divided_by_alpha(colour, alpha)
        return np.ascontiguousarray(colour), np.ascontiguousarray(alpha), image
    transparent = image.info.get("transparency")
    if isinstance(transparent, tuple) and len(transparent) == 3:
        key = (samples == np.array(transparent, np.uint16)).all(axis=2)
        return samples, np.where(key, 0, 65535).astype(np.uint16), image
    return samples, None, image


def _other_byte_order(raw_mode: str) -> str:
    native = "L" if sys.byteorder == "little" else "B"
    order = native if raw_mode.endswith("N") else raw_mode[-1]
    return raw_mode[:-1] + {"L": "B", "B": "L"}[order]


def _divided_by_alpha(colour: Samples, alpha: Samples) -> Samples:
    divisor = np.maximum(alpha, 1).astype(np.float64)[:, :, None]
    return np.clip(np.rint(colour * (65535.0 / divisor)), 0, 65535).astype(np.uint16)
