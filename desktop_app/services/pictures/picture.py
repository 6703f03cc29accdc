"""A picture in memory: its samples, and everything that its file says about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from desktop_app.services.pictures.files.tiff_directory import Directory
    from desktop_app.services.pictures.mosaic import Mosaic

Samples: TypeAlias = NDArray[Any]
"""Sample values: ``uint8`` or ``uint16``, using the whole range of the type, or ``float32``.

Only pictures that no file holds are ``float32``: their black is 0 and their white 1, and values may
lie beyond.
"""


def eight_bits(samples: Samples) -> NDArray[np.uint8]:
    """Return ``uint16`` samples of any shape rounded to 8 bits, ``round(samples / 257)``.

    White, 65,535, becomes white, 255.
    """
    rounded: NDArray[np.uint8] = ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return rounded


def dithered_eight_bits(samples: Samples) -> NDArray[np.uint8]:
    """Return samples of 16 bits as 8, ``floor(samples / 257 + u)`` with u uniform in [0, 1).

    The mean over many pixels is that of the samples, so that a slow gradient shows no steps, at the
    price of noise of half a step at most. The same samples give the same result.

    Source: Lipshitz, Wannamaker, Vanderkooy, "Quantization and dither", Journal of the Audio
    Engineering Society 40(5), 1992.
    """
    generator = np.random.default_rng(0)
    result = np.empty(samples.shape, np.uint8)
    for row, values in enumerate(samples):
        raised = values / np.float32(257) + generator.random(values.shape, np.float32)
        result[row] = np.minimum(raised, 255)
    return result


def deepened(picture: Picture) -> Picture:
    """Return a picture of 8 bits with 16, ``257 * samples``; of others, the picture itself."""
    if picture.samples.dtype != np.uint8:
        return picture
    samples = picture.samples.astype(np.uint16) * np.uint16(257)
    alpha = None if picture.alpha is None else picture.alpha.astype(np.uint16) * np.uint16(257)
    metadata = replace(picture.metadata, made_deep=True)
    return replace(picture, samples=samples, alpha=alpha, metadata=metadata)


@dataclass(frozen=True)
class JpegSettings:
    """How a JPEG file was compressed, so that a result can be compressed in the same way.

    Attributes:
        quantization: one table of 64 steps for brightness and, in colour, one or more for colour.
        subsampling: 0, 1 or 2 for 4:4:4, 4:2:2 or 4:2:0.
        progressive: whether the file builds up in several passes.
    """

    quantization: tuple[tuple[int, ...], ...]
    subsampling: int
    progressive: bool


@dataclass(frozen=True)
class PictureMetadata:
    """What a picture file holds besides samples; orientation is already applied and reset in it.

    Attributes:
        path: the file it was read from.
        format: Pillow's name of the file format, such as ``"JPEG"``; empty if there was no file.
        exif: a TIFF stream, without the ``Exif`` prefix that some formats put before it.
        icc_profile: the colour profile, byte for byte; or one made from what the file says about
            its colours in another way. None means sRGB.
        profile_is_made: whether the profile was made.
        cicp: primaries and transfer curve by the numbers of ITU-T H.273, where the file gave them.
        xmp: an XMP packet (XML, UTF-8).
        extended_xmp: payloads of the JPEG segments that continue a large XMP packet.
        iptc: IPTC-IIM records.
        photoshop: Photoshop's other resources, such as clipping paths.
        tiff_tags: of a TIFF file, the tags that describe neither photo nor samples, such as those
            of maps and microscopes.
        dpi: horizontal and vertical resolution in pixels per inch.
        comment: the comment of a JPEG file.
        png: ``(type, content)`` of PNG chunks that describe colours or hold text.
        jpeg: the compression of a JPEG file.
        compressed: whether a TIFF file was compressed.
        lossless: whether a WebP file kept every sample exactly.
        made_deep: whether the file had 8 bits, and its samples were given 16 for the result's sake.
        left_out: sentences about what the source holds and no result can: a video, further
            pictures, previews of what was.
    """

    path: Path | None = None
    format: str = ""
    exif: bytes | None = None
    icc_profile: bytes | None = None
    profile_is_made: bool = False
    cicp: tuple[int, int] | None = None
    xmp: bytes | None = None
    extended_xmp: tuple[bytes, ...] = ()
    iptc: bytes | None = None
    photoshop: bytes | None = None
    tiff_tags: Directory | None = None
    dpi: tuple[float, float] | None = None
    comment: bytes | None = None
    png: tuple[tuple[bytes, bytes], ...] = ()
    jpeg: JpegSettings | None = None
    compressed: bool = True
    lossless: bool = False
    made_deep: bool = False
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A picture the right way up.

    Attributes:
        samples: (H, W, 3) for RGB or (H, W, 1) for gray.
        alpha: opacity (H, W) of the same type, or None for an opaque picture. Colours are not
            multiplied by it.
        metadata: what else the file holds.
        notices: sentences about what could not be taken over exactly when the file was read.
        mosaic: of a camera's RAW file, what a Bayer sensor saw; ``samples`` are developed from it.
        excerpts: into how many squares of equal size ``samples`` fall, one below the other, where
            they are excerpts of the development; 0 where they are the whole.
    """

    samples: Samples
    alpha: Samples | None = None
    metadata: PictureMetadata = field(default_factory=PictureMetadata)
    notices: tuple[str, ...] = ()
    mosaic: Mosaic | None = None
    excerpts: int = 0

    def __post_init__(self) -> None:
        shape, dtype = self.samples.shape, self.samples.dtype
        if len(shape) != 3 or shape[2] not in (1, 3) or 0 in shape:
            raise ValueError(f"samples must have shape (H, W, 1) or (H, W, 3), not {shape}")
        if dtype not in (np.uint8, np.uint16, np.float32):
            raise ValueError(f"samples must be uint8, uint16 or float32, not {dtype}")
        if self.alpha is not None and (self.alpha.shape != shape[:2] or self.alpha.dtype != dtype):
            raise ValueError(
                f"alpha is {self.alpha.dtype} {self.alpha.shape}, expected {dtype} {shape[:2]}"
            )

    @property
    def height(self) -> int:
        """Number of rows."""
        return int(self.samples.shape[0])

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.samples.shape[1])

    @property
    def is_gray(self) -> bool:
        """Whether there is one channel rather than three."""
        return bool(self.samples.shape[2] == 1)

    @property
    def bits(self) -> int:
        """Bits per sample: 8, 16, or 32 for floating point."""
        return int(self.samples.dtype.itemsize) * 8

    @property
    def peak(self) -> int:
        """The sample value of white: 255, 65535, or 1 for floating point."""
        return 1 if self.samples.dtype == np.float32 else (1 << self.bits) - 1
