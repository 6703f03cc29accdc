"""Photoshop's image resources, the envelope in which JPEG and some TIFF files keep IPTC.

Source: Adobe Photoshop File Formats Specification, "Image Resource Blocks".
"""

from __future__ import annotations

import struct

SEGMENT_PREFIX = b"Photoshop 3.0\0"
_BLOCK_MARK = b"8BIM"
_IPTC_RESOURCE = 0x0404


def iptc_in_resources(resources: bytes) -> bytes | None:
    """Return the IPTC records among image resource blocks, or None where there are none."""
    position = 0
    while resources[position : position + 4] == _BLOCK_MARK:
        name_at = position + 6
        if name_at >= len(resources):
            return None
        name_size = 1 + resources[name_at]
        size_at = name_at + name_size + name_size % 2
        if size_at + 4 > len(resources):
            return None
        (size,) = struct.unpack_from(">I", resources, size_at)
        content = resources[size_at + 4 : size_at + 4 + size]
        (identity,) = struct.unpack_from(">H", resources, position + 4)
        if identity == _IPTC_RESOURCE and len(content) == size:
            return content or None
        position = size_at + 4 + size + size % 2
    return None


def resources_with_iptc(iptc: bytes) -> bytes:
    """Return image resource blocks that hold just these IPTC records."""
    block = _BLOCK_MARK + struct.pack(">HHI", _IPTC_RESOURCE, 0, len(iptc)) + iptc
    return block + b"\0" * (len(iptc) % 2)
