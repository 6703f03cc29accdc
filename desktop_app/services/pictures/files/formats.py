"""The file formats the application reads and writes, and what each of them can hold."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from desktop_app.services.errors import PictureError


@dataclass(frozen=True)
class FileFormat:
    """One file format and its limits.

    Attributes:
        name: Pillow's name for it.
        extensions: lower-case endings, the usual one first.
        writable: whether results can be saved in it.
        alpha: whether it holds transparency.
        deep: whether it holds 16 bits per sample.
        metadata: the fields of ``PictureMetadata`` it holds, out of exif, xmp, iptc, icc_profile,
            dpi and comment.
        longest_side: the largest width and height in pixels.
        extra: the optional dependency that it needs; empty where it needs none.
    """

    name: str
    extensions: tuple[str, ...]
    writable: bool = True
    alpha: bool = False
    deep: bool = False
    metadata: frozenset[str] = frozenset()
    longest_side: int = 2**31 - 1
    extra: str = ""

    @property
    def available(self) -> bool:
        """Whether what it needs is installed."""
        return not self.extra or find_spec(EXTRA_PACKAGES[self.extra]) is not None


RAW_EXTENSIONS = (
    *(".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".raf", ".rw2", ".orf", ".pef", ".srw"),
    *(".rwl", ".iiq", ".3fr", ".erf", ".x3f", ".crw", ".mrw", ".dcr", ".kdc", ".sr2", ".srf"),
    *(".mef", ".mos", ".fff"),
)
EXTRA_PACKAGES = {"heif": "pillow_heif", "raw": "rawpy", "avif": "imagecodecs"}

_EVERYTHING = frozenset({"exif", "xmp", "iptc", "icc_profile", "dpi"})

FORMATS = (
    FileFormat(
        "JPEG",
        (".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".pjp", ".mpo"),
        metadata=_EVERYTHING | {"comment"},
        longest_side=65_500,
    ),
    FileFormat("PNG", (".png",), alpha=True, deep=True, metadata=_EVERYTHING),
    FileFormat("TIFF", (".tif", ".tiff"), alpha=True, deep=True, metadata=_EVERYTHING),
    FileFormat(
        "WEBP",
        (".webp",),
        alpha=True,
        metadata=frozenset({"exif", "xmp", "icc_profile"}),
        longest_side=16_383,
    ),
    FileFormat(
        "AVIF",
        (".avif",),
        alpha=True,
        metadata=frozenset({"exif", "xmp", "icc_profile"}),
        longest_side=65_535,
    ),
    FileFormat("BMP", (".bmp",), metadata=frozenset({"dpi"})),
    FileFormat("PPM", (".ppm", ".pgm", ".pnm"), deep=True),
    FileFormat("GIF", (".gif",), writable=False, alpha=True),
    FileFormat(
        "HEIF",
        (".heic", ".heif", ".hif"),
        alpha=True,
        deep=True,
        metadata=frozenset({"exif", "xmp", "icc_profile"}),
        longest_side=16_384,
        extra="heif",
    ),
    FileFormat(
        "DNG", (".dng",), deep=True, metadata=frozenset({"exif", "xmp", "iptc"}), extra="raw"
    ),
    FileFormat(
        "RAW",
        tuple(name for name in RAW_EXTENSIONS if name != ".dng"),
        writable=False,
        deep=True,
        extra="raw",
    ),
)

_BY_EXTENSION = {extension: form for form in FORMATS for extension in form.extensions}
_BY_NAME = {form.name: form for form in FORMATS}

WRITABLE_EXTENSIONS = tuple(
    extension for form in FORMATS if form.writable for extension in form.extensions
)
READABLE_NAMES = "JPEG, PNG, TIFF, WebP, AVIF, BMP, PPM, GIF, and with extras HEIF and RAW"


def is_raw_path(path: Path) -> bool:
    """Whether a file is RAW by its ending; many such files are TIFF files by their content."""
    return path.suffix.lower() in RAW_EXTENSIONS


def is_picture_path(path: Path) -> bool:
    """Whether the ending of ``path`` is that of a picture file that can be read here."""
    form = _BY_EXTENSION.get(path.suffix.lower())
    return form is not None and form.available


@dataclass(frozen=True)
class SavingOptions:
    """How a file is written.

    Attributes:
        quality: of formats with loss, 1 to 100; ``None`` compresses JPEG as its source was, and all
            else in high quality.
        dithered: whether 16 bits become 8 with noise in place of steps, where they must.
        keep_date: whether the file gets the date of its source's last change.
    """

    quality: int | None = None
    dithered: bool = False
    keep_date: bool = False

    def __post_init__(self) -> None:
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise PictureError(f"The quality must lie between 1 and 100, not at {self.quality}.")


def format_for_saving(path: Path) -> FileFormat:
    """Return the format that the ending of ``path`` asks for.

    Raises:
        PictureError: there is no such format, or results cannot be saved in it.
    """
    form = _BY_EXTENSION.get(path.suffix.lower())
    if form is not None and form.writable:
        if form.available:
            return form
        raise PictureError(
            f"{path} cannot be saved: {form.name} needs the extra '{form.extra}'; "
            f"pip install 'scratch-denoiser[{form.extra}]', or choose another ending."
        )
    if form is not None and form.name == "RAW":
        raise PictureError(
            f"{path} cannot be saved: such files come from cameras only; choose .dng or .tif."
        )
    endings = ", ".join(form.extensions[0] for form in FORMATS if form.writable)
    if form is not None:
        raise PictureError(
            f"{path} cannot be saved: {form.name} holds 256 colours at most; "
            f"choose one of {endings}."
        )
    what = f"the ending {path.suffix} is unknown" if path.suffix else "its name has no ending"
    raise PictureError(f"{path} cannot be saved: {what}; choose one of {endings}.")


def extension_for_result(path: Path, format_name: str, as_dng: bool = False) -> str:
    """Return the ending for a result: the source's own where it can be written, else ``.png``.

    What is developed from a RAW file becomes a TIFF file.

    Args:
        path: the source file.
        format_name: what its content is, whatever its ending says; empty if not known.
        as_dng: whether a RAW file becomes a DNG file instead.
    """
    by_ending = _BY_EXTENSION.get(path.suffix.lower())
    form = _BY_NAME.get(format_name, by_ending)
    if form is not None and form.extra == "raw":
        return ".dng" if as_dng else ".tif"
    if form is None or not form.writable:
        return ".png"
    # An .mpo file holds several pictures, and a result one.
    is_own = form is by_ending and path.suffix.lower() != ".mpo"
    return path.suffix if is_own else form.extensions[0]
