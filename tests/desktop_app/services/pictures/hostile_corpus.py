"""Picture files of every odd, broken and hostile kind, built from nothing.

Each builder makes files in a folder and tells for every one what opening it must give: samples,
``REFUSED`` (one sentence), or ``EITHER`` where decoders may well disagree.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image

REFUSED, EITHER = "refused", "either"

Case = tuple[str, bytes, Any]
"""A file's name, its content, and what must come of it."""


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG file."""
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def png(width: int, height: int, rows: bytes, bits: int = 8, colours: int = 2) -> bytes:
    """A PNG file that claims a size, whatever its rows are."""
    header = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows, 1)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def tiff(entries: dict[int, tuple[int, int, int]], after: bytes = b"", following: int = 0) -> bytes:
    """A little-endian TIFF file of one directory of (type, count, value or position)."""
    table = b"".join(struct.pack("<HHII", tag, *entries[tag]) for tag in sorted(entries))
    directory = struct.pack("<H", len(entries)) + table + struct.pack("<I", following)
    return b"II*\0" + struct.pack("<I", 8) + directory + after


def plain_tiff(**changes: tuple[int, int, int]) -> bytes:
    """A gray TIFF file of 4 x 4 pixels, with some of its tags changed (``t258=...``)."""
    entries = {
        256: (3, 1, 4), 257: (3, 1, 4), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1),
        273: (4, 1, 200), 277: (3, 1, 1), 278: (3, 1, 4), 279: (4, 1, 16),
    }  # fmt: skip
    entries.update({int(tag[1:]): value for tag, value in changes.items()})
    content = tiff(entries)
    return content.ljust(200, b"\0") + bytes(range(16))


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    """An image as a file of a format."""
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def photo(height: int = 48, width: int = 64) -> np.ndarray:
    """Smooth colours with a little noise."""
    down, across = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(0).integers(0, 30, (height, width, 3))
    return (np.stack([down, across, down + across], axis=2) + noise + 1).astype(np.uint8)


FORMATS = {
    "jpg": "JPEG", "png": "PNG", "tif": "TIFF", "webp": "WEBP", "avif": "AVIF", "bmp": "BMP",
    "gif": "GIF", "ppm": "PPM",
}  # fmt: skip


def damaged() -> Iterator[Case]:
    """Truncated at many places, and with bytes flipped."""
    chance = random.Random(0)
    for ending, form in FORMATS.items():
        whole = saved(Image.fromarray(photo()), form)
        for length in {0, 1, 2, 8, 20, 40, *(len(whole) * part // 9 for part in range(1, 9))}:
            # An AVIF file ends with the picture, the others with what may be missing.
            yield f"cut-{length}.{ending}", whole[:length], REFUSED
        yield f"without-end.{ending}", whole[:-1], EITHER
        for number in range(8):
            flipped = bytearray(whole)
            for _ in range(chance.choice((1, 1, 2, 20))):
                flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
            yield f"flipped-{number}.{ending}", bytes(flipped), EITHER


def misnamed() -> Iterator[Case]:
    """Content and ending that do not belong together."""
    samples = photo()
    for ending, other in zip(FORMATS, [*list(FORMATS)[1:], "jpg"], strict=True):
        lossless = FORMATS[ending] in ("PNG", "TIFF", "BMP", "PPM")
        content = saved(Image.fromarray(samples), FORMATS[ending])
        yield f"really-{ending}.{other}", content, samples if lossless else EITHER
    for ending in FORMATS:
        yield f"text.{ending}", b"Dear diary, no pictures today.\n" * 50, REFUSED
        yield f"zeros.{ending}", bytes(5000), REFUSED
    yield "archive.jpg", b"PK\x03\x04" + bytes(500), REFUSED
    yield "program.png", b"\x7fELF" + bytes(500), REFUSED
    yield "page.webp", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", REFUSED


def bombs() -> Iterator[Case]:
    """Small files that claim, or unpack to, very much."""
    for width, height in ((20_000, 20_000), (2**31 - 1, 1), (2**31 - 1, 2**31 - 1), (60_000, 4000)):
        yield f"claims-{width}x{height}.png", png(width, height, bytes(1000)), REFUSED
    yield "large-rgb.png", png(8000, 8000, bytes(8000 * (3 * 8000 + 1))), EITHER
    yield "largest-black.png", png(14_000, 14_000, bytes(14_000 * 1751), 1, 0), EITHER
    yield "more-than-claimed.png", png(4, 4, bytes(50_000_000)), EITHER
    packed = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80_000_000), 9))
    whole = saved(Image.fromarray(photo()), "PNG")
    yield "text-bomb.png", whole[:33] + packed + whole[33:], REFUSED
    profile = chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(80_000_000), 9))
    yield "profile-bomb.png", whole[:33] + profile + whole[33:], EITHER
    yield "many-chunks.png", whole[:33] + chunk(b"tEXt", b"a\0b") * 100_000 + whole[33:], EITHER
    yield "huge.ppm", b"P6 999999999 999999999 255\n" + bytes(100), REFUSED
    yield "endless-header.ppm", b"P6 " + b"9" * 1_000_000, REFUSED
    yield "comment-only.ppm", b"P6 #" + b"x" * 5_000_000, REFUSED
    large = (4, 1, 2_000_000_000)
    yield "huge.tif", plain_tiff(t256=large, t257=large), REFUSED
    yield "many-strips.tif", plain_tiff(t273=(4, 2**31, 200), t279=(4, 2**31, 200)), REFUSED
    yield "huge.gif", b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + b";", REFUSED
    header = struct.pack("<IiiHHIIiiII", 40, 2**31 - 1, 2**31 - 1, 1, 24, 0, 0, 0, 0, 0, 0)
    yield "huge.bmp", b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + header, REFUSED
    yield "scans.jpg", many_scans(), REFUSED


def many_scans(side: int = 4000, count: int = 3000) -> bytes:
    """A progressive JPEG file whose last scan comes again and again."""
    whole = saved(Image.new("L", (side, side), 90), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * count + whole[-2:]


def sizes() -> Iterator[Case]:
    """No pixel, one pixel, one row, one column."""
    for width, height in ((0, 5), (5, 0), (0, 0)):
        yield f"empty-{width}x{height}.png", png(width, height, b""), REFUSED
        ppm = b"P6 %d %d 255\n" % (width, height)
        yield f"empty-{width}x{height}.ppm", ppm, REFUSED
    yield "empty.tif", plain_tiff(t256=(3, 1, 0)), REFUSED
    for height, width in ((1, 1), (1, 65_000), (65_000, 1)):
        samples = np.resize(np.arange(7, 250, 9, dtype=np.uint8), (height, width, 3))
        for ending in ("png", "tif", "bmp", "ppm"):
            content = saved(Image.fromarray(samples), FORMATS[ending])
            yield f"{width}x{height}.{ending}", content, samples
        gray = np.full((height, width), 99, np.uint8)
        content = saved(Image.fromarray(gray), "JPEG", quality=100)
        yield f"{width}x{height}.jpg", content, gray[:, :, None]


def garbage() -> Iterator[Case]:
    """Metadata that are large, deep, circular or nonsense."""
    samples = photo()
    image = Image.fromarray(samples)
    noise = np.random.default_rng(0).bytes(60_000)
    circle = b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x8769, 4, 1, 8) + bytes(4)
    far = b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x010E, 2, 2**31, 2**31) + bytes(4)
    for name, exif in (("noise", noise), ("circle", circle), ("far", far), ("none", b"")):
        yield f"exif-{name}.png", saved(image, "PNG", exif=b"Exif\0\0" + exif), samples
        yield f"exif-{name}.jpg", saved(image, "JPEG", exif=b"Exif\0\0" + exif), EITHER
        yield f"exif-{name}.webp", saved(image, "WEBP", exif=b"Exif\0\0" + exif), EITHER
    yield "icc.png", saved(image, "PNG", icc_profile=noise * 50), samples
    yield "icc.tif", saved(image, "TIFF", icc_profile=noise * 50), samples
    yield "icc.jpg", saved(image, "JPEG", icc_profile=noise), EITHER
    yield "icc-cmyk.tif", saved(image.convert("CMYK"), "TIFF", icc_profile=noise), EITHER
    deep = b"<a>" * 20_000
    yield "xmp.webp", saved(image, "WEBP", xmp=deep * 50, lossless=True, exact=True), samples
    text = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + deep * 50)
    whole = saved(image, "PNG")
    yield "xmp.png", whole[:33] + text + whole[33:], EITHER
    yield "iptc.tif", saved(image, "TIFF", tiffinfo={33723: noise}), samples


def circles() -> Iterator[Case]:
    """TIFF directories that lead back to themselves or to nowhere."""
    gray = np.arange(16, dtype=np.uint8).reshape(4, 4, 1)
    content = bytearray(plain_tiff())
    following = 8 + 2 + 12 * 9
    for name, position in (("itself", 8), ("nowhere", 2**31), ("middle", 60)):
        struct.pack_into("<I", content, following, position)
        yield f"next-{name}.tif", bytes(content), gray if name == "itself" else EITHER
    for name, tag in (("exif", 0x8769), ("gps", 0x8825), ("sub", 330)):
        yield f"circle-{name}.tif", plain_tiff(**{f"t{tag}": (4, 1, 8)}), gray
    for name, bits, photometric in (("gray", (3, 1, 8), 1), ("deep", (3, 1, 16), 1)):
        claim = {"t257": (4, 1, 20_000_000), "t278": (4, 1, 20_000_000), "t258": bits}
        yield f"rows-{name}.tif", plain_tiff(**claim, t262=(3, 1, photometric)), REFUSED
    yield "rows-rgba.tif", few_rows_of_many(), REFUSED
    yield "first-nowhere.tif", b"II*\0" + struct.pack("<I", 2**31) + bytes(100), REFUSED
    yield "first-in-header.tif", b"II*\0" + struct.pack("<I", 0) + bytes(100), REFUSED
    for tag, value in ((258, (3, 1, 77)), (259, (3, 1, 999)), (262, (3, 1, 99)), (277, (3, 1, 0))):
        yield f"tag-{tag}.tif", plain_tiff(**{f"t{tag}": value}), REFUSED
    for tag in (256, 257, 258, 273, 277, 278, 279):
        yield f"text-{tag}.tif", plain_tiff(**{f"t{tag}": (2, 4, 0x41414141)}), EITHER
        yield f"negative-{tag}.tif", plain_tiff(**{f"t{tag}": (9, 1, 2**32 - 1)}), EITHER


def few_rows_of_many() -> bytes:
    """A TIFF file of 16 bits in four channels that claims 16 million rows and holds nine."""
    whole = bytearray(tifffile_bytes(np.full((9, 11, 4), 900, np.uint16), photometric="rgb"))
    first = struct.unpack_from("<I", whole, 4)[0]
    for entry in range(struct.unpack_from("<H", whole, first)[0]):
        place = first + 2 + 12 * entry
        if struct.unpack_from("<H", whole, place)[0] in (257, 278):
            struct.pack_into("<HII", whole, place + 2, 4, 1, 16_000_000)
    return bytes(whole)


def moving() -> Iterator[Case]:
    """Several pictures in a file: refused, unless the first is asked for."""
    frames = [Image.fromarray(np.full((9, 9, 3), value, np.uint8)) for value in (10, 90, 170)]
    for ending in ("gif", "png", "webp", "tif"):
        options = {"save_all": True, "append_images": frames[1:]}
        yield f"moving.{ending}", saved(frames[0], FORMATS[ending], **options), REFUSED


def colours() -> Iterator[Case]:
    """Every colour mode and depth."""
    samples, gray = photo(), photo()[:, :, :1]
    image = Image.fromarray(samples)
    bits = np.indices((9, 9)).sum(axis=0) % 2 == 0
    black_white = Image.fromarray(bits)
    for ending in ("png", "tif", "bmp"):
        expected = (bits * 255).astype(np.uint8)[:, :, None]
        yield f"1-bit.{ending}", saved(black_white, FORMATS[ending]), expected
    palette = image.quantize(16)
    content = saved(palette, "PNG", transparency=bytes(range(0, 160, 10)))
    yield "palette-alpha.png", content, np.asarray(palette.convert("RGB"))
    yield "palette.bmp", saved(palette, "BMP"), np.asarray(palette.convert("RGB"))
    cmyk = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    red = np.full((8, 8, 3), (255, 0, 0), np.uint8)
    yield "cmyk.tif", saved(cmyk, "TIFF"), red
    yield "cmyk.jpg", saved(cmyk, "JPEG"), EITHER
    yield "lab.tif", saved(Image.new("LAB", (8, 8)), "TIFF"), EITHER
    yield "ycck.jpg", saved(image.convert("YCbCr"), "JPEG"), EITHER
    yield "gray-alpha.png", saved(Image.new("LA", (8, 8), (7, 90)), "PNG"), EITHER
    for dtype in (np.float32, np.float64, np.float16, np.int8, np.int16, np.int32, np.uint32):
        for name, kind, values in (("gray", "minisblack", gray[:, :, 0]), ("rgb", "rgb", samples)):
            yield (
                f"{np.dtype(dtype)}-{name}.tif",
                tifffile_bytes(values.astype(dtype), photometric=kind),
                EITHER,
            )


def tifffile_bytes(values: np.ndarray, **options: Any) -> bytes:
    """A TIFF file by another library than Pillow."""
    stream = io.BytesIO()
    tifffile.imwrite(stream, values, **options)
    return stream.getvalue()


def deep() -> Iterator[Case]:
    """16 bits of every kind: exact, or refused in a sentence."""
    generator = np.random.default_rng(0)
    for channels, colours in ((1, 0), (2, 4), (3, 2), (4, 6)):
        values = generator.integers(0, 65536, (9, 11, channels)).astype(np.uint16)
        expected = values[:, :, :1] if channels < 3 else values[:, :, :3]
        rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
        yield f"{channels}.png", png(11, 9, rows, 16, colours), expected
        plain = values[:, :, 0] if channels == 1 else values
        kind = "minisblack" if channels < 3 else "rgb"
        extra = {"extrasamples": ["unassalpha"]} if channels in (2, 4) else {}
        for order in "<>":
            for compression in (None, "deflate", "lzw", "packbits"):
                options = {"photometric": kind, "byteorder": order, "compression": compression}
                with_codec = compression in (None, "deflate")
                if not with_codec and not _has_codecs():
                    continue
                name = f"{channels}{'le' if order == '<' else 'be'}-{compression}.tif"
                yield name, tifffile_bytes(plain, **options, **extra), expected
        if channels == 3:
            planes = tifffile_bytes(
                values.transpose(2, 0, 1).copy(), photometric="rgb", planarconfig="separate"
            )
            yield "planes.tif", planes, REFUSED
            body = values.astype(">u2").tobytes()
            yield "deep.ppm", b"P6 11 9 65535\n" + body, expected
        if channels == 1:
            yield "deep.pgm", b"P5 11 9 65535\n" + values.astype(">u2").tobytes(), expected


def _has_codecs() -> bool:
    try:
        import imagecodecs  # noqa: F401
    except ImportError:
        return False
    return True


GROUPS: dict[str, Callable[[], Iterator[Case]]] = {
    "damaged": damaged,
    "misnamed": misnamed,
    "bombs": bombs,
    "sizes": sizes,
    "garbage": garbage,
    "circles": circles,
    "moving": moving,
    "colours": colours,
    "deep": deep,
}


def build_corpus(folder: Path, group: str) -> dict[Path, Any]:
    """Write the files of a group; return for each what must come of it."""
    folder.mkdir()
    expected = {}
    for name, content, result in GROUPS[group]():
        path = folder / name
        path.write_bytes(content)
        expected[path] = result
    return expected
