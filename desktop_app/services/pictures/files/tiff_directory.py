"""Reading and writing TIFF directories, the form in which TIFF files and EXIF keep their tags.

A directory is a list of entries (tag, type, count, value) followed by the position of the next
directory. Values that do not fit the entry lie elsewhere, and a few tags hold the position of a
directory of their own: that is how EXIF and GPS data are nested. Values are kept as raw bytes in
the byte order of their file, so that nothing is lost to interpretation.

Source: TIFF Revision 6.0 (Adobe, 1992), section 2; BigTIFF Design (libtiff).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Literal

ByteOrder = Literal["<", ">"]

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 1, 2, 3, 4, 5, 7
_INTEGER_FORMS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q"}
# TIFF itself; Olympus and Panasonic write numbers of their own into their RAW files.
_VERSION, _BIG_VERSION = 42, 43
_VERSIONS = (_VERSION, 0x4F52, 0x5352, 0x0055)

EXIF_DIRECTORY, GPS_DIRECTORY, INTEROPERABILITY_DIRECTORY = 0x8769, 0x8825, 0xA005
_NESTED = {EXIF_DIRECTORY, GPS_DIRECTORY, INTEROPERABILITY_DIRECTORY}

_TYPE_SIZES = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
    16: 8, 17: 8, 18: 8,
}  # fmt: skip
_MAXIMUM_ENTRIES = 4096
_MAXIMUM_VALUE_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Entry:
    """One tag's value.

    Attributes:
        type: the TIFF type number.
        count: how many values of that type there are.
        data: the values as they stand in the file.
        position: where ``data`` starts in the file it was read from.
        stays: whether it must lie at that position in a file that is written, too, because it holds
            positions itself; whoever writes the file puts it there.
    """

    type: int
    count: int
    data: bytes
    position: int = 0
    stays: bool = False

    def in_order(self, order: ByteOrder, wanted: ByteOrder) -> Entry:
        """Return the entry, whose values are in ``order``, with values in another byte order."""
        # A rational number is two integers.
        size = 4 if self.type in (5, 10) else _TYPE_SIZES[self.type]
        if order == wanted or size == 1:
            return self
        parts = (self.data[at : at + size][::-1] for at in range(0, len(self.data), size))
        return replace(self, data=b"".join(parts))


@dataclass
class Directory:
    """The entries of one directory, with the directories nested in it.

    Attributes:
        order: ``"<"`` for little-endian values, ``">"`` for big-endian ones.
        entries: the plain entries by tag.
        nested: EXIF, GPS and interoperability directories by tag.
        next_position: where the position of the next directory stands in the file.
    """

    order: ByteOrder
    entries: dict[int, Entry] = field(default_factory=dict)
    nested: dict[int, Directory] = field(default_factory=dict)
    next_position: int = 0

    def add(self, tag: int, type_: int, values: bytes | tuple[int, ...]) -> None:
        """Set a tag to bytes (BYTE, ASCII, UNDEFINED) or to integers (SHORT, LONG, RATIONAL)."""
        if isinstance(values, bytes):
            self.entries[tag] = Entry(type_, len(values) // _TYPE_SIZES[type_], values)
            return
        letter = "H" if type_ == SHORT else "I"
        data = struct.pack(f"{self.order}{len(values)}{letter}", *values)
        self.entries[tag] = Entry(type_, len(data) // _TYPE_SIZES[type_], data)

    def integer(self, tag: int) -> int | None:
        """Return the first value of a tag of any integer type, or None where there is none."""
        entry = self.entries.get(tag)
        form = _INTEGER_FORMS.get(entry.type) if entry else None
        if entry is None or form is None or len(entry.data) < struct.calcsize(form):
            return None
        return int(struct.unpack_from(self.order + form, entry.data)[0])

    def overwrite(self, stream: bytearray, tag: int, value: int, index: int = 0) -> None:
        """Set a value of an integer tag in the stream that the directory was read from.

        Nothing is done where the tag has no such value; what does not fit its type is cut to the
        largest that does.
        """
        entry = self.entries.get(tag)
        form = _INTEGER_FORMS.get(entry.type) if entry else None
        if entry is None or form is None or index >= entry.count:
            return
        size = struct.calcsize(form)
        largest = (1 << 8 * size - int(form.islower())) - 1
        struct.pack_into(
            self.order + form, stream, entry.position + index * size, min(value, largest)
        )

    def integers(self, tag: int) -> tuple[int, ...]:
        """Return all values of a tag of any integer type; none where there is no such tag."""
        entry = self.entries.get(tag)
        form = _INTEGER_FORMS.get(entry.type) if entry else None
        if entry is None or form is None:
            return ()
        count = len(entry.data) // struct.calcsize(form)
        return struct.unpack_from(f"{self.order}{count}{form}", entry.data)


def read_first_directory(stream: BinaryIO, largest: int = _MAXIMUM_VALUE_BYTES) -> Directory | None:
    """Read the first directory of a TIFF file or EXIF stream; None if there is no such thing.

    Damaged entries are left out rather than refused: metadata must never stand in the way of the
    picture.

    Args:
        stream: the file.
        largest: the most bytes of a value; longer ones are left out.
    """
    stream.seek(0)
    header = stream.read(16)
    order: ByteOrder = "<" if header[:2] == b"II" else ">"
    if header[:2] not in (b"II", b"MM") or len(header) < 8:
        return None
    version = struct.unpack_from(order + "H", header, 2)[0]
    if version in _VERSIONS:
        position = struct.unpack_from(order + "I", header, 4)[0]
    elif version == _BIG_VERSION and len(header) == 16:
        position = struct.unpack_from(order + "Q", header, 8)[0]
    else:
        return None
    try:
        return _read_directory(stream, position, order, version == _BIG_VERSION, 0, largest)
    except (OSError, struct.error, OverflowError, ValueError):
        return None


def read_next_directory(stream: BinaryIO, directory: Directory) -> Directory | None:
    """Read the directory after ``directory``, of a stream that is not a BigTIFF file."""
    try:
        stream.seek(directory.next_position)
        (position,) = struct.unpack(directory.order + "I", stream.read(4))
    except (OSError, struct.error):
        return None
    return read_directory_at(stream, position, directory.order) if position else None


def read_directory_at(stream: BinaryIO, position: int, order: ByteOrder) -> Directory | None:
    """Read the directory at a position of a stream that is not a BigTIFF file; None without one."""
    try:
        return _read_directory(stream, position, order, big=False, depth=0)
    except (OSError, struct.error, OverflowError, ValueError):
        return None


def _read_directory(
    stream: BinaryIO,
    position: int,
    order: ByteOrder,
    big: bool,
    depth: int,
    largest: int = _MAXIMUM_VALUE_BYTES,
) -> Directory:
    count_form, entry_form, inline = ("Q", "HHQ", 8) if big else ("H", "HHI", 4)
    entry_size = struct.calcsize(order + entry_form) + inline
    stream.seek(position)
    count_size = struct.calcsize(order + count_form)
    count = struct.unpack(order + count_form, stream.read(count_size))[0]
    table = stream.read(min(count, _MAXIMUM_ENTRIES) * entry_size)
    directory = Directory(order, next_position=position + count_size + count * entry_size)
    for start in range(0, len(table) - entry_size + 1, entry_size):
        tag, type_, values = struct.unpack_from(order + entry_form, table, start)
        value_at = position + count_size + start + entry_size - inline
        entry = _read_entry(stream, type_, values, value_at, inline, order, largest)
        if entry is None:
            continue
        if tag in _NESTED and depth < 2:
            nested = _read_nested(stream, entry, order, big, depth, largest)
            if nested is not None:
                directory.nested[tag] = nested
        else:
            directory.entries[tag] = entry
    return directory


def _read_entry(
    stream: BinaryIO,
    type_: int,
    count: int,
    value_at: int,
    inline: int,
    order: ByteOrder,
    largest: int,
) -> Entry | None:
    size = _TYPE_SIZES.get(type_, 0) * count
    if not 0 < size <= largest:
        return None
    stream.seek(value_at)
    if size > inline:
        pointer = stream.read(inline)
        if len(pointer) < inline:
            return None
        value_at = struct.unpack(order + ("Q" if inline == 8 else "I"), pointer)[0]
        stream.seek(value_at)
    data = stream.read(size)
    return Entry(type_, count, data, value_at) if len(data) == size else None


def _read_nested(
    stream: BinaryIO, entry: Entry, order: ByteOrder, big: bool, depth: int, largest: int
) -> Directory | None:
    letter = {4: "I", 8: "Q"}.get(len(entry.data))
    if letter is None:
        return None
    try:
        position = struct.unpack(order + letter, entry.data)[0]
        return _read_directory(stream, position, order, big, depth + 1, largest)
    except (OSError, struct.error, OverflowError, ValueError):
        return None


def tiff_stream(directory: Directory) -> bytes:
    """Return a complete TIFF stream that holds ``directory`` and no picture, as EXIF wants it."""
    mark = b"II" if directory.order == "<" else b"MM"
    staying = staying_entries(directory)
    position = max([8, *(entry.position + len(entry.data) for entry in staying)])
    position += position % 2
    stream = bytearray(position)
    stream[:8] = mark + struct.pack(directory.order + "HI", _VERSION, position)
    for entry in staying:
        stream[entry.position : entry.position + len(entry.data)] = entry.data
    return bytes(stream) + directory_bytes(directory, position)


def staying_entries(directory: Directory) -> list[Entry]:
    """Return the entries, nested ones included, that must lie where they were."""
    own = [entry for entry in directory.entries.values() if entry.stays]
    return own + [e for nested in directory.nested.values() for e in staying_entries(nested)]


def directory_bytes(directory: Directory, position: int) -> bytes:
    """Lay out a directory, its values and its nested directories for a place in a file.

    Args:
        directory: what to write; ``nested`` ones follow its values.
        position: where the first byte returned will stand.
    """
    order = directory.order
    tags = sorted({*directory.entries, *directory.nested})
    table_size = 2 + 12 * len(tags) + 4
    table, beyond = struct.pack(order + "H", len(tags)), b""
    for tag in tags:
        outside = position + table_size + len(beyond)
        if tag in directory.nested:
            table += struct.pack(order + "HHII", tag, LONG, 1, outside)
            beyond += _even(directory_bytes(directory.nested[tag], outside))
            continue
        entry = directory.entries[tag]
        table += struct.pack(order + "HHI", tag, entry.type, entry.count)
        if entry.stays:
            table += struct.pack(order + "I", entry.position)
        elif len(entry.data) <= 4:
            table += entry.data.ljust(4, b"\0")
        else:
            table += struct.pack(order + "I", outside)
            beyond += _even(entry.data)
    return table + struct.pack(order + "I", 0) + beyond


def _even(data: bytes) -> bytes:
    return data + b"\0" * (len(data) % 2)


def selected(directory: Directory, tags: frozenset[int]) -> Directory:
    """Return a directory with only those of its plain entries whose tag is in ``tags``.

    Entries of BigTIFF's own 8-byte types are left out: other readers would not know them.
    """
    kept: Mapping[int, Entry] = {
        tag: entry for tag, entry in directory.entries.items() if tag in tags and entry.type <= 12
    }
    return Directory(directory.order, dict(kept), directory.nested)
