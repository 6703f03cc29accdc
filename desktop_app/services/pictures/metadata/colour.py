"""What the samples of a picture mean as colours, from reading to writing.

Files say it as an ICC profile, as numbers of ITU-T H.273 (CICP: PNG, AVIF, HEIF), or as gamma and
chromaticities (PNG). Whatever a file says becomes a profile, which all formats and the screen
understand; where the target has the source's own way, that is written, unchanged.

Source: Portable Network Graphics Specification (Third Edition), W3C, section 4.3 (what counts).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from desktop_app.services.pictures.metadata import icc_making
from desktop_app.services.pictures.metadata.icc_making import (
    PRIMARIES,
    SRGB_TRANSFER,
    TRANSFERS,
    Chromaticities,
)

CICP_SRGB = (1, SRGB_TRANSFER)
_UNSPECIFIED = 2
# Web browsers take all of these for sRGB.
_LIKE_SRGB = {(primaries, transfer) for primaries in (1, 2) for transfer in (1, 2, 6, 13)}
_SRGB_GAMMA = 0.45455
_GAMMA_TOLERANCE = 0.01
_CHROMATICITY_TOLERANCE = 0.002

GAMMA_CHUNKS = frozenset({b"gAMA", b"cHRM", b"sRGB"})
COLOUR_CHUNKS = GAMMA_CHUNKS | {b"cICP"}


@dataclass(frozen=True)
class Colours:
    """The meaning of samples.

    Attributes:
        profile: an ICC profile; None means sRGB.
        is_made: whether the profile was made here from what the file says in another way.
        cicp: primaries and transfer curve by their numbers, where the file gives them.
    """

    profile: bytes | None = None
    is_made: bool = False
    cicp: tuple[int, int] | None = None


def from_cicp(cicp: tuple[int, int] | None, profile: bytes | None = None) -> Colours:
    """Return the colours of a file that gives numbers, perhaps beside a profile, which counts."""
    if profile is not None or cicp is None or cicp in _LIKE_SRGB:
        return Colours(profile)
    primaries, transfer = (
        known if number == _UNSPECIFIED else number
        for number, known in zip(cicp, CICP_SRGB, strict=True)
    )
    made = icc_making.profile_of_cicp(primaries, transfer)
    return Colours(made, made is not None, cicp)


def from_png(chunks: Mapping[bytes, bytes], profile: bytes | None) -> Colours:
    """Return the colours of a PNG file: cICP counts most, then the profile, sRGB, gAMA and cHRM."""
    numbers = chunks.get(b"cICP", b"")
    if len(numbers) == 4 and (numbers[0], numbers[1]) != (_UNSPECIFIED, _UNSPECIFIED):
        colours = from_cicp((numbers[0], numbers[1]))
        return colours if profile is None else Colours(profile, cicp=colours.cicp)
    if profile is not None or b"sRGB" in chunks or len(chunks.get(b"gAMA", b"")) != 4:
        return Colours(profile)
    gamma = int.from_bytes(chunks[b"gAMA"], "big") / 100_000
    place = _chromaticities(chunks.get(b"cHRM", b""))
    if _is_srgb_gamma(gamma) and (place is None or _is_srgb_place(place)):
        return Colours()
    made = icc_making.profile_of_gamma(gamma, place)
    return Colours(made, made is not None)


def describe(cicp: tuple[int, int]) -> str:
    """Say numbers of ITU-T H.273 in words, such as ``BT.2020, PQ``."""
    primaries, transfer = cicp
    first = PRIMARIES[primaries][0] if primaries in PRIMARIES else f"primaries {primaries}"
    return f"{first}, {TRANSFERS.get(transfer, f'transfer {transfer}')}"


def fitting_profile(profile: bytes | None, channels: int) -> bytes | None:
    """Return the profile for samples of 1 or 3 channels that were gray or colour before.

    A profile for colours does not fit gray samples and the other way round; its curve does.

    Returns:
        None where there is no profile, or none can be made of it. What is damaged stays.
    """
    if profile is None:
        return None
    space = profile[16:20]
    if space in (b"CMYK", b"Lab "):
        return None
    if space == (b"GRAY" if channels == 1 else b"RGB "):
        return profile
    if space == b"GRAY" and channels == 3:
        curve = _tag(profile, b"kTRC")
        return icc_making.colour_profile(curve, "Gray as RGB") if curve else None
    if space == b"RGB " and channels == 1:
        curve = _tag(profile, b"gTRC")
        return icc_making.gray_profile(curve, "Gray") if curve else None
    return profile


def _tag(profile: bytes, name: bytes) -> bytes | None:
    if len(profile) < 132:
        return None
    count = int.from_bytes(profile[128:132], "big")
    for index in range(min(count, 100)):
        entry = profile[132 + 12 * index : 144 + 12 * index]
        if len(entry) == 12 and entry[:4] == name:
            position, size = struct.unpack_from(">II", entry, 4)
            content = profile[position : position + size]
            return content if len(content) == size else None
    return None


def _chromaticities(content: bytes) -> Chromaticities | None:
    if len(content) != 32:
        return None
    a, b, c, d, e, f, g, h = (number / 100_000 for number in struct.unpack(">8I", content))
    return a, b, c, d, e, f, g, h


def _is_srgb_gamma(gamma: float) -> bool:
    return abs(gamma - _SRGB_GAMMA) < _GAMMA_TOLERANCE


def _is_srgb_place(place: Chromaticities) -> bool:
    return all(
        abs(own - known) < _CHROMATICITY_TOLERANCE
        for own, known in zip(place, PRIMARIES[1][1], strict=True)
    )
