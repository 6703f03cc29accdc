"""How a TIFF file lays out its samples: what is not read here is named, never called damaged.

Source: TIFF Revision 6.0 (Adobe, 1992), sections 3-8, 18, 19 and 23.
"""

from __future__ import annotations

from typing import BinaryIO

from desktop_app.services.pictures.files.loading import UnsupportedKindError
from desktop_app.services.pictures.files.tiff_directory import Directory, read_first_directory

_BITS, _PHOTOMETRIC, _CHANNELS, _PLANES = 258, 262, 277, 284
_EXTRA_SAMPLES, _FORMATS = 338, 339
_CFA, _LAB, _LINEAR_RAW = 32803, (8, 9, 10), 34892
_SIGNED, _FLOAT, _COMPLEX = 2, 3, (5, 6)
_COLOURS = {0: 1, 1: 1, 2: 3, 3: 1, 4: 1, 5: 4, 6: 3, 8: 3, 9: 3, 10: 3}
_ALPHA = (1, 2)
_SEPARATE = 2


def refuse_unknown_layout(stream: BinaryIO) -> None:
    """Refuse samples that cannot be read rightly.

    Raises:
        UnsupportedKindError: the text names the kind.
    """
    directory = read_first_directory(stream)
    if directory is None:
        return
    formats = set(directory.integers(_FORMATS))
    bits = max(directory.integers(_BITS), default=1)
    colours = directory.integer(_PHOTOMETRIC)
    if _FLOAT in formats:
        raise UnsupportedKindError(
            "its samples are floating-point numbers, whose white is not known"
        )
    if formats.intersection(_COMPLEX):
        raise UnsupportedKindError("its samples are complex numbers")
    if _SIGNED in formats and colours not in _LAB:
        raise UnsupportedKindError("its samples are signed integers, whose white is not known")
    if bits > 16:
        raise UnsupportedKindError(f"its samples are {bits}-bit integers, whose white is not known")
    if colours in _LAB and bits != 8:
        raise UnsupportedKindError(f"it holds Lab colours with {bits} bits per sample")
    if colours in (_CFA, _LINEAR_RAW):
        raise UnsupportedKindError("it holds a sensor's raw samples; give it the ending .dng")
    if bits == 16 and directory.integer(_PLANES) == _SEPARATE:
        raise UnsupportedKindError("its 16-bit channels lie in separate planes")


def dropped_channels(stream: BinaryIO) -> tuple[str, ...]:
    """Return which channels beside colours and one alpha are left out, beginnings of sentences."""
    directory = read_first_directory(stream)
    if directory is None:
        return ()
    count = _further_channels(directory)
    if count == 0:
        return ()
    if count == 1:
        return ("A further channel of the file (such as infrared, or a spot colour)",)
    return (f"Everything in the {count} further channels of the file",)


def _further_channels(directory: Directory) -> int:
    colours = _COLOURS.get(directory.integer(_PHOTOMETRIC) or 0, 0)
    further = (directory.integer(_CHANNELS) or 1) - colours
    extra = directory.integers(_EXTRA_SAMPLES)
    has_alpha = bool(extra) and extra[0] in _ALPHA and colours < 4
    return max(further - int(has_alpha), 0) if colours else 0
