"""Opening picture files, whole or damaged, from anyone."""

from __future__ import annotations

import io
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin, UnidentifiedImageError

from desktop_app.services.errors import PictureError, system_reason
from desktop_app.services.pictures.development import Development
from desktop_app.services.pictures.files import deep_samples, heif, png, raw
from desktop_app.services.pictures.files.decoder_guards import (
    TimeLimitError,
    goes_over_its_picture_too_often,
    within,
    without_warnings,
)
from desktop_app.services.pictures.files.formats import (
    EXTRA_PACKAGES,
    FORMATS,
    READABLE_NAMES,
    is_raw_path,
)
from desktop_app.services.pictures.files.isobmff import read_items
from desktop_app.services.pictures.files.loading import (
    TolerantLoad,
    UnsupportedKindError,
    load_whole,
    with_end_of_jpeg,
)
from desktop_app.services.pictures.files.raw_signatures import is_raw
from desktop_app.services.pictures.files.tiff_layout import refuse_unknown_layout
from desktop_app.services.pictures.metadata.transfer import raw_metadata, read_metadata
from desktop_app.services.pictures.mosaic import Mosaic
from desktop_app.services.pictures.picture import Picture, Samples
from desktop_app.services.pictures.turning import turned

MAXIMUM_PIXELS = 200_000_000
"""The largest picture opened. More would not fit the memory of an ordinary computer, and a small
file that claims more is most likely made to do harm."""

# Pillow refuses files with more than twice this number of pixels before anything is decoded.
Image.MAX_IMAGE_PIXELS = MAXIMUM_PIXELS

# Colour profiles of scanners take megabytes; by itself, Pillow refuses more than one.
PngImagePlugin.MAX_TEXT_CHUNK = 16 * 2**20

_PILLOW_FORMATS = [form.name for form in FORMATS if not form.extra]
_SIGNATURES = {
    b"\xff\xd8": "JPEG",
    b"\x89PNG": "PNG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"RIFF": "WebP",
    b"BM": "BMP",
    b"GIF8": "GIF",
}
_REDUCED_COPY, _SUBFILE_TYPE, _ORIENTATION = 1, 254, 274
_PAGES_LOOKED_AT = 32
# Slow computers decode about a megabyte in a second, at their worst.
_FEWEST_SECONDS, _SECONDS_PER_BYTE = 60.0, 2e-6


def open_picture(
    path: Path,
    *,
    first_frame: bool = False,
    allow_damaged: bool = False,
    development: Development | None = None,
    as_excerpts: bool = False,
) -> Picture:
    """Read a picture file, turned upright, with its metadata.

    Args:
        path: the file; its content, not its ending, says what format it has.
        first_frame: take the first picture of a file that holds several, such as an animation.
        allow_damaged: take what can be read of a damaged file; a notice says what is missing.
        development: how a camera's RAW file is developed.
        as_excerpts: whether excerpts of it will do, for a picture that is developed anew anyway;
            see :class:`Picture`.

    Raises:
        PictureError: the file cannot be used, or decoding it takes far longer than a file of its
            size should; nothing about it was changed.
    """

    def read(stream: BinaryIO, tolerant: bool = allow_damaged) -> Picture:
        if is_raw(stream, path):
            return raw.read_raw(stream, path, MAXIMUM_PIXELS, development, as_excerpts=as_excerpts)
        if heif.is_heif(_start(stream)):
            return heif.read_heif(stream, path, MAXIMUM_PIXELS)
        return _read(stream, path, first_frame, tolerant)

    return _opened(path, read, None if allow_damaged else lambda stream: read(stream, True))


def develop(path: Path, mosaic: Mosaic, development: Development | None = None) -> Picture:
    """Develop what the sensor of a RAW file saw, or would have seen without noise.

    Args:
        path: the RAW file, which tells the rest.
        mosaic: what is developed in place of the samples in the file.
        development: how; as ``mosaic`` was developed before where None.

    Raises:
        PictureError: the file cannot be used any more, or holds another photo now.
    """
    choices = development or mosaic.development
    return _opened(path, lambda stream: raw.read_raw(stream, path, MAXIMUM_PIXELS, choices, mosaic))


def _opened(
    path: Path,
    read: Callable[[BinaryIO], Picture],
    read_damaged: Callable[[BinaryIO], Picture] | None = None,
) -> Picture:
    def work() -> Picture:
        with opened_file(path) as stream, _explained(path, stream, read_damaged):
            return read(stream)

    limit = _FEWEST_SECONDS + _SECONDS_PER_BYTE * _size(path)
    try:
        return within(limit, work)
    except TimeLimitError:
        raise PictureError(
            f"{path} is not opened after {limit:.0f} seconds and is given up; it is damaged, or "
            "was made to take long."
        ) from None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0


def _start(stream: BinaryIO) -> bytes:
    stream.seek(0)
    return stream.read(32)


@contextmanager
def opened_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that may be anything.

    Raises:
        PictureError: it is missing, empty, not a file, or may not be read.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise PictureError(f"{path} is a folder, not a picture file.")
        if not stat.S_ISREG(mode):
            raise PictureError(f"{path} is a device or pipe, not a picture file.")
        stream = path.open("rb")
        is_empty = not stream.read(1)
    except FileNotFoundError:
        raise PictureError(f"{path} does not exist; check the spelling of the path.") from None
    except (OSError, ValueError) as error:
        reason = system_reason(error) if isinstance(error, OSError) else "its name is not valid"
        raise PictureError(f"{path} cannot be read: {reason}.") from error
    with stream:
        if is_empty:
            raise PictureError(f"{path} is empty; there is no picture in it.")
        yield stream


def is_raw_file(path: Path) -> bool:
    """Whether a file is RAW, by its ending or by what it holds, as far as it can be read."""
    if is_raw_path(path):
        return True
    try:
        with opened_file(path) as stream:
            return is_raw(stream, path)
    except (PictureError, OSError):
        return False


@contextmanager
def _explained(
    path: Path, stream: BinaryIO, read_damaged: Callable[[BinaryIO], Picture] | None
) -> Iterator[None]:
    """Turn whatever a decoder raises on a bad file into one sentence.

    Args:
        path, stream: the file.
        read_damaged: what may read a part of it; where that works, it is named as the remedy.
    """
    try:
        with without_warnings():
            yield
    except PictureError:
        raise
    except UnsupportedKindError as error:
        raise PictureError(f"{path} cannot be used: {error}.") from error
    except UnidentifiedImageError as error:
        raise PictureError(_unidentified(path)) from error
    except MemoryError as error:
        raise PictureError(
            f"{path} cannot be opened: there is not enough memory for a picture of its size."
        ) from error
    except Exception as error:
        raise PictureError(
            f"{path} is damaged or of an unsupported kind and cannot be opened ({_short(error)}).",
            remedy="allow_damaged" if read_damaged and _works(read_damaged, stream) else None,
        ) from error


def _works(read: Callable[[BinaryIO], Picture], stream: BinaryIO) -> bool:
    try:
        with without_warnings():
            read(stream)
    except Exception:  # noqa: BLE001 - whatever it is, it is no way out
        return False
    return True


def _unidentified(path: Path) -> str:
    with path.open("rb") as stream:
        start = stream.read(12)
    for signature, name in _SIGNATURES.items():
        if start.startswith(signature):
            return f"{path} is a {name} file that is damaged or of a kind that is not supported."
    return f"{path} is not a picture that can be read; known formats are {READABLE_NAMES}."


def _short(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    text = told.decode(errors="replace") if isinstance(told, bytes) else str(error)
    text = " ".join(text.split()).rstrip(".")
    return text[:120] if text else type(error).__name__


def _read(stream: BinaryIO, path: Path, first_frame: bool, allow_damaged: bool) -> Picture:
    refuse_unknown_layout(stream)
    samples_stream = with_end_of_jpeg(stream) if allow_damaged else stream

    def reopen() -> Image.Image:
        return _open_with_pillow(samples_stream, path)

    image = reopen()
    frame_notices = _check_frames(image, path, first_frame)
    if image.format in ("JPEG", "MPO"):
        _check_scans(stream, path, image)
    cut_short = samples_stream is not stream
    load = TolerantLoad(cut_short) if allow_damaged else load_whole
    image = reopen()
    is_turned = _is_turned_by_pillow(image)
    bits = read_items(stream).bits if image.format == "AVIF" else 0
    all_bits = bits > 8 and find_spec(EXTRA_PACKAGES["avif"]) is not None and not allow_damaged
    if deep_samples.is_deep(image):
        samples, alpha, image = deep_samples.decode_deep(reopen, load)
    elif all_bits:
        stream.seek(0)
        samples, alpha = deep_samples.decode_deep_avif(stream.read(), bits)
    else:
        load(image)
        samples, alpha = _shallow_samples(image)
    orientation = 1 if is_turned else raw_metadata(image, stream).orientation
    samples = turned(samples, orientation)
    alpha = None if alpha is None else turned(alpha, orientation)
    metadata, metadata_notices = read_metadata(
        image, stream, path, (samples.shape[1], samples.shape[0])
    )
    notices = (
        *frame_notices,
        *(load.notices() if isinstance(load, TolerantLoad) else ()),
        *_notices_about_colours(image, 0 if all_bits else bits),
        *metadata_notices,
    )
    return Picture(samples, alpha, metadata, notices)


def _is_turned_by_pillow(image: Image.Image) -> bool:
    """Whether decoding will turn the picture upright, as Pillow does with TIFF files only."""
    return image.format == "TIFF" and image.getexif().get(_ORIENTATION, 1) in range(2, 9)


def _open_with_pillow(stream: BinaryIO, path: Path) -> Image.Image:
    if png.has_too_many_chunks(stream):
        raise PictureError(
            f"{path} is made of so many small pieces that opening it would take minutes; "
            "it was most likely made to do harm."
        )
    stream.seek(0)
    try:
        image = Image.open(stream, formats=_PILLOW_FORMATS)
    except Image.DecompressionBombError as error:
        raise PictureError(_too_large(path, "far too many")) from error
    width, height = image.size
    if width * height > MAXIMUM_PIXELS:
        raise PictureError(_too_large(path, f"{width} x {height}"))
    if width < 1 or height < 1:
        raise PictureError(f"{path} holds a picture without pixels.")
    if image.format == "PPM":
        deep_samples.prepare_ppm(image)
    return image


def _too_large(path: Path, claim: str) -> str:
    limit = MAXIMUM_PIXELS // 1_000_000
    return f"{path} claims to have {claim} pixels; at most {limit} million can be opened."


def _check_frames(image: Image.Image, path: Path, first_frame: bool) -> tuple[str, ...]:
    if image.format == "MPO":  # JPEG with pictures for depth or brightness, as phones write it
        return ()
    if not _has_second_frame(image):
        return ()
    if first_frame:
        return ("Only the first picture is used; the file holds several.",)
    raise PictureError(
        f"{path} holds several pictures (an animation or pages).", remedy="first_frame"
    )


def _check_scans(stream: BinaryIO, path: Path, image: Image.Image) -> None:
    if goes_over_its_picture_too_often(stream, image.width, image.height):
        raise PictureError(
            f"{path} goes over its picture so often that opening it would take minutes; "
            "it was most likely made to do harm."
        )


def _has_second_frame(image: Image.Image) -> bool:
    if image.format != "TIFF":
        return bool(getattr(image, "is_animated", False))
    for page in range(1, _PAGES_LOOKED_AT):
        try:
            image.seek(page)
        except EOFError:
            return False
        tags = getattr(image, "tag_v2", {})
        if not int(tags.get(_SUBFILE_TYPE, 0)) & _REDUCED_COPY:
            return True
    return True


def _shallow_samples(image: Image.Image) -> tuple[Samples, Samples | None]:
    """Return 8-bit samples and alpha of a decoded picture, whatever its colour mode is."""
    if image.mode == "F":
        raise UnsupportedKindError(
            "its samples are floating-point numbers, whose white is not known"
        )
    image = _in_plain_mode(image)
    values = np.asarray(image)
    if image.mode in ("LA", "RGBA"):
        return values[:, :, :-1].copy(), values[:, :, -1].copy()
    return (values[:, :, None] if image.mode == "L" else values), None


def _in_plain_mode(image: Image.Image) -> Image.Image:
    """Convert to L, LA, RGB or RGBA."""
    transparent = "transparency" in image.info
    if image.mode in ("1", "L", "La", "LA"):
        has_alpha = transparent or image.mode in ("La", "LA")
        return _converted(image, "LA" if has_alpha else "L")
    if image.mode in ("CMYK", "LAB"):
        return _converted_to_srgb(image)
    has_alpha = transparent or image.mode in ("PA", "RGBa", "RGBA")
    return _converted(image, "RGBA" if has_alpha else "RGB")


def _converted(image: Image.Image, mode: str) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)


def _converted_to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    try:
        if image.mode == "LAB":
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        elif profile:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        else:
            return image.convert("RGB")
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):  # the profile is damaged or of another kind
        return image.convert("RGB")
    return converted if converted is not None else image.convert("RGB")


def _notices_about_colours(image: Image.Image, bits_of_avif: int) -> tuple[str, ...]:
    if bits_of_avif > 8:
        what = f"The file holds {bits_of_avif} bits per sample, of which the upper 8 are used"
        return (f"{what}; to use all, pip install 'scratch-denoiser[avif]'.",)
    if image.mode in ("CMYK", "LAB"):
        name = "print colours (CMYK)" if image.mode == "CMYK" else "Lab colours"
        return (f"The file holds {name}; the result is in RGB with 8 bits.",)
    if image.mode in ("P", "PA"):
        return ("The file holds a palette; the result has full colours.",)
    if image.mode == "1":
        return ("The file holds only black and white; the result has shades of gray.",)
    return ()
