"""Picture files with everything in them that the fidelity tests look for."""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from desktop_app.services.denoising.batch import BatchSettings, ItemFinished, denoise_batch
from desktop_app.services.denoising.batch_files import BatchItem
from desktop_app.services.models.model_choice import ModelChoice

XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="%d" tiff:Make="Maker"/>'
    b"</rdf:RDF></x:xmpmeta>"
)
IPTC = b"\x1c\x02\x05\x00\x0aSome title\x1c\x02\x50\x00\x06Author"


@pytest.fixture
def samples() -> np.ndarray:
    """A smooth picture, 40 wide and 24 high, with a red corner so that turns can be told apart."""
    down, across = np.mgrid[0:24, 0:40]
    picture = np.stack([4 * across + 50, 6 * down + 60, 3 * (across + down) + 20], axis=2)
    picture[:6, :6] = (250, 5, 5)
    return picture.astype(np.uint8)


@pytest.fixture
def icc_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture(scope="session")
def make_exif() -> Callable[..., Image.Exif]:
    """Build EXIF with nested directories, a maker's note and an orientation."""

    def make(orientation: int = 1, size: tuple[int, int] = (40, 24)) -> Image.Exif:
        exif = Image.Exif()
        exif[0x010F] = "Maker"
        exif[0x0112] = orientation
        exif[0x011A], exif[0x011B], exif[0x0128] = 240.0, 240.0, 2
        details = exif.get_ifd(0x8769)
        details[0x829A] = 0.01
        details[0x927C] = b"\x01\x02maker's own\x00" * 20
        details[0xA002], details[0xA003] = size
        exif.get_ifd(0x8825)[2] = (48.0, 30.0, 1.5)
        return exif

    return make


@pytest.fixture
def make_full_jpeg(
    tmp_path: Path, samples: np.ndarray, icc_profile: bytes, make_exif: Callable[..., Image.Exif]
) -> Callable[..., Path]:
    """Write a JPEG file with every kind of metadata."""

    def make(orientation: int = 1, **options: Any) -> Path:
        resource = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(IPTC)) + IPTC
        payload = b"Photoshop 3.0\0" + resource + b"\0" * (len(IPTC) % 2)
        settings = {
            "exif": make_exif(orientation),
            "icc_profile": icc_profile,
            "xmp": XMP % orientation,
            "dpi": (240, 240),
            "comment": b"a comment",
            "extra": b"\xff\xed" + struct.pack(">H", 2 + len(payload)) + payload,
            "quality": 83,
            "subsampling": 1,
            **options,
        }
        path = tmp_path / "full.jpg"
        Image.fromarray(samples).save(path, "JPEG", **settings)
        return path

    return make


@pytest.fixture
def make_full_png(
    tmp_path: Path, samples: np.ndarray, icc_profile: bytes, make_exif: Callable[..., Image.Exif]
) -> Callable[..., Path]:
    """Write a PNG file with every kind of metadata that PNG has."""

    def make(orientation: int = 1, **options: Any) -> Path:
        info = PngInfo()
        info.add_text("Title", "A title")
        info.add_itxt("XML:com.adobe.xmp", (XMP % orientation).decode())
        info.add(b"gAMA", struct.pack(">I", 45455))
        path = tmp_path / "full.png"
        settings = {"icc_profile": icc_profile, "dpi": (240, 240), "pnginfo": info, **options}
        Image.fromarray(samples).save(path, exif=make_exif(orientation), **settings)
        return path

    return make


@pytest.fixture
def write_png_16() -> Callable[[Path, np.ndarray], None]:
    """Write a 16-bit PNG file by the book: no filter, one IDAT chunk."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    def write(path: Path, values: np.ndarray) -> None:
        height, width, channels = values.shape
        colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
        rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
        header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
        path.write_bytes(
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b"")
        )

    return write


@pytest.fixture
def denoise_file(subtracting_model: Path) -> Callable[[Path, Path], None]:
    """Take a picture file the way of a batch: opened, denoised, saved."""
    models = ModelChoice(str(subtracting_model), "cpu")

    def denoise(source: Path, target: Path) -> None:
        settings = BatchSettings(sigma_255=9.0)
        events = denoise_batch([BatchItem(source, target)], models, settings)
        finished = [event.outcome for event in events if isinstance(event, ItemFinished)]
        assert [outcome.status for outcome in finished] == ["done"], finished

    return denoise


@pytest.fixture
def without_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the optional packages seem not to be installed."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.setitem(sys.modules, "rawpy", None)
    monkeypatch.setattr(
        "desktop_app.services.pictures.files.formats.find_spec", lambda name: None, raising=True
    )
