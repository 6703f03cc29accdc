"""XMP packets, changed only where they would tell what is no longer true.

An XMP packet is XML in which a property is an attribute or an element of its namespace. Packets are
edited as text, so that all else stays as it is, byte for byte.

Source: ISO 16684-1 (XMP); XMP Specification Part 3 (Adobe), on long packets in JPEG;
Motion Photo format and Ultra HDR Image Format (Google).
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterable, Sequence

PREFIX = b"http://ns.adobe.com/xap/1.0/\0"
EXTENSION_PREFIX = b"http://ns.adobe.com/xmp/extension/\0"

_TIFF = b"http://ns.adobe.com/tiff/1.0/"
_EXIF = b"http://ns.adobe.com/exif/1.0/"
_XMP = b"http://ns.adobe.com/xap/1.0/"
_NOTE = b"http://ns.adobe.com/xmp/note/"
_CAMERA = b"http://ns.google.com/photos/1.0/camera/"
_CONTAINER = b"http://ns.google.com/photos/1.0/container/"
_GAIN_MAP = b"http://ns.adobe.com/hdr-gain-map/1.0/"
_IMAGE = b"http://ns.google.com/photos/1.0/image/"

_HEAD = struct.Struct(">32sII")
_LARGEST_EXTENSION = 16 * 2**20
_CHUNK = 65_000

# What shows the picture as it was, and what promises parts of the file that do not go along.
MOTION_VIDEO = "The video of the motion photo"
_STALE = (
    (_XMP, b"Thumbnails", "The preview in the XMP data, which shows the picture as it was,"),
    (_IMAGE, b"Data", "The earlier picture in the XMP data"),
    (_CAMERA, rb"(?:MicroVideo|MotionPhoto)\w*", MOTION_VIDEO),
    (_GAIN_MAP, rb"\w+", "The gain map for bright screens (Ultra HDR)"),
    (_CONTAINER, b"Directory", ""),
)


def orientation_of(packet: bytes) -> int:
    """Return the orientation that a packet tells, 1 to 8; 1 where it tells none."""
    for name in _names(packet, _TIFF, b"Orientation"):
        match = re.search(_value(name), packet)
        if match and match[2].strip() in (b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8"):
            return int(match[2])
    return 1


def upright(packet: bytes, width: int, height: int, orientation: int = 1) -> bytes:
    """Return a packet that says how a picture lies and of what size it is, where it says so.

    Args:
        packet: what it says otherwise stays.
        width, height: of the picture as it is stored.
        orientation: how it must be turned, as EXIF numbers it.
    """
    for uri, prop, value in (
        (_TIFF, b"Orientation", orientation),
        (_TIFF, b"ImageWidth", width),
        (_TIFF, b"ImageLength", height),
        (_EXIF, b"PixelXDimension", width),
        (_EXIF, b"PixelYDimension", height),
    ):
        for name in _names(packet, uri, prop):
            packet = re.sub(_value(name), rb"\g<1>%d" % value, packet)
    return packet


def without_stale(packet: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Remove pictures of what was, and promises of parts that are left out.

    Returns:
        The packet, and what is left out, each the beginning of a sentence.
    """
    removed = []
    for uri, prop, words in _STALE:
        shorter = _without(packet, uri, prop)
        if shorter != packet and words:
            removed.append(words)
        packet = shorter
    return packet, tuple(removed)


def without_padding(packet: bytes) -> bytes:
    """Remove the room for changes that is left before a packet's end mark.

    Canon's cameras leave 64 KB, more than a JPEG file can hold.
    """
    end = packet.rfind(b"<?xpacket end")
    return packet if end < 0 else packet[:end].rstrip() + b"\n" + packet[end:]


def joined_extension(segments: Iterable[bytes]) -> bytes | None:
    """Put the parts of a long packet together, as JPEG files hold them.

    Args:
        segments: contents of the segments that begin with :data:`EXTENSION_PREFIX`.

    Returns:
        None where there are none, or a part is missing.
    """
    parts: dict[bytes, dict[int, bytes]] = {}
    lengths: dict[bytes, int] = {}
    for segment in segments:
        head = segment[len(EXTENSION_PREFIX) :]
        if len(head) < _HEAD.size:
            continue
        digest, length, offset = _HEAD.unpack_from(head)
        parts.setdefault(digest, {})[offset] = head[_HEAD.size :]
        lengths[digest] = length
    for digest, chunks in parts.items():
        whole = b"".join(chunks[offset] for offset in sorted(chunks))
        if len(whole) == lengths[digest] <= _LARGEST_EXTENSION:
            return whole
    return None


def with_extension(packet: bytes, extension: bytes | None) -> tuple[bytes, tuple[bytes, ...]]:
    """Let a packet refer to its continuation, or to none.

    Returns:
        The packet, and the contents of the segments that a JPEG file needs for the continuation.
    """
    if not extension:
        return _without(packet, _NOTE, b"HasExtendedXMP"), ()
    digest = hashlib.md5(extension, usedforsecurity=False).hexdigest().upper().encode()
    for name in _names(packet, _NOTE, b"HasExtendedXMP"):
        packet = re.sub(_any_value(name), rb"\g<1>" + digest, packet)
    starts = range(0, len(extension), _CHUNK)
    heads = [EXTENSION_PREFIX + _HEAD.pack(digest, len(extension), start) for start in starts]
    return packet, tuple(
        head + extension[start : start + _CHUNK] for head, start in zip(heads, starts, strict=True)
    )


def _names(packet: bytes, uri: bytes, prop: bytes) -> Sequence[bytes]:
    """Return the names by which a property of a namespace may stand in a packet, as patterns."""
    declared = re.findall(
        rb"""xmlns:([\w.-]+)\s*=\s*["']""" + re.escape(uri) + rb"""["']""", packet
    )
    return [re.escape(prefix) + b":" + prop for prefix in dict.fromkeys(declared)]


def _value(name: bytes) -> bytes:
    """Match a property with a number; the number is the second group."""
    return rb"""((?:\s%b\s*=\s*["']|<%b>)\s*)(\d+)(?=\s*["'<])""" % (name, name)


def _any_value(name: bytes) -> bytes:
    return rb"""((?:\s%b\s*=\s*["']|<%b>)\s*)[^"'<]*""" % (name, name)


def _without(packet: bytes, uri: bytes, prop: bytes) -> bytes:
    for name in _names(packet, uri, prop):
        packet = re.sub(rb"""\s+%b\s*=\s*(?:"[^"]*"|'[^']*')""" % name, b"", packet)
        packet = _without_elements(packet, name)
    return packet


def _without_elements(packet: bytes, name: bytes) -> bytes:
    kept, end = [], 0
    for start in re.finditer(rb"<(%b)(?=[\s/>])[^<>]*>" % name, packet):
        if start.start() < end:  # inside the one before
            continue
        kept.append(packet[end : start.start()])
        end = start.end()
        if not start[0].endswith(b"/>"):
            close = packet.find(b"</" + start[1], end)
            close = packet.find(b">", close) if close >= 0 else -1
            if close < 0:
                end = start.start()
                break
            end = close + 1
    return b"".join(kept) + packet[end:]
