"""Text from outside, made fit to be shown: names of files, model cards, metadata, errors.

Characters that steer a terminal, turn the direction of writing, or cannot be seen are shown as
their numbers, so that no text can pass for another or act by being printed. What is too long is
cut.

Source: Unicode Standard Annex #44 (general categories); Unicode Technical Report #36 (spoofing).
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_LINE = 20_000
_MOST_MARKS = 4
_ELLIPSIS = "…"
_KEPT = "\n\t"
_HIDDEN_CATEGORIES = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
# Letters and symbols that look like nothing.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_MARK_CATEGORIES = ("Mn", "Me", "Mc")
_FIRST_BYTE, _LAST_BYTE, _BYTE_OFFSET = 0xDC80, 0xDCFF, 0xDC00
_PLAIN = re.compile(r"[\n\t\x20-\x7e]*")


def shown(text: str, longest_line: int = LONGEST_LINE) -> str:
    """Return a text as it may be shown; what may be shown as it is stays.

    Control, format and invisible characters become their numbers, such as ``<U+202E>``, bytes that
    are no text ``<0xFF>``. Line breaks and tabs stay. Of marks above one letter only some are
    shown.

    Args:
        text: any text.
        longest_line: lines are cut after this many characters.
    """
    lines = text.split("\n")
    return "\n".join(_shown_line(line, longest_line) for line in lines)


def shown_line(text: str, longest: int = LONGEST_LINE) -> str:
    """Return a text as :func:`shown` does, on one line."""
    return shown(" ".join(text.split()), longest)


def _shown_line(line: str, longest: int) -> str:
    if len(line) > longest:
        line = line[: longest - 1] + _ELLIPSIS
    if _PLAIN.fullmatch(line):
        return line
    parts, marks = [], 0
    for character in line:
        category = unicodedata.category(character)
        marks = marks + 1 if category in _MARK_CATEGORIES else 0
        if marks > _MOST_MARKS:
            continue
        is_hidden = category in _HIDDEN_CATEGORIES and character not in _KEPT
        parts.append(_number(character) if is_hidden or character in _BLANKS else character)
    return "".join(parts)


def _number(character: str) -> str:
    code = ord(character)
    if _FIRST_BYTE <= code <= _LAST_BYTE:
        return f"<0x{code - _BYTE_OFFSET:02X}>"
    return f"<U+{code:04X}>"
