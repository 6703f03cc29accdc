"""Numbers as people type them, with the signs of any country."""

from __future__ import annotations

import re

_GROUPED = re.compile(r"\d{1,3}(?:([ '.,\u00a0\u2009\u202f\u2019\u066c])\d{3})(?:\1\d{3})*")
_SPACES = " '\u00a0\u2009\u202f\u2019\u066c"


class NotANumberError(ValueError):
    """A text that is no number, or could be two; the message is a sentence for people."""


def typed_number(text: str) -> float:
    """Return the number that was meant.

    Comma and point may both divide the fraction from the whole or the thousands from the rest:
    ``12,5`` and ``12.5`` are the same, and so are ``1 200``, ``1.200,0`` and ``1,200.0``. A single
    sign before three digits, such as in ``1.200``, can mean both and is refused.

    Raises:
        NotANumberError: there is no number, or more than one way to read it.
    """
    written = text.strip().replace("\u066b", ",").replace("\u2212", "-")
    sign, digits = (-1.0, written[1:]) if written.startswith("-") else (1.0, written)
    signs = [letter for letter in digits if letter in ".,"]
    if len(signs) == 1 and re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", digits):
        whole, fraction = re.split("[.,]", digits)
        raise NotANumberError(
            f"“{text.strip()}” can be read in two ways; write {whole}{fraction} "
            f"or {whole} for what you mean."
        )
    if len(set(signs)) == 2 or (len(signs) == 1):
        place = max(digits.rfind("."), digits.rfind(","))
        whole, fraction = digits[:place], digits[place + 1 :]
    else:
        whole, fraction = digits, ""
    if _GROUPED.fullmatch(whole):
        whole = re.sub(rf"[.,{_SPACES}]", "", whole)
    number = f"{whole}.{fraction}" if fraction else whole
    if not re.fullmatch(r"\d+(\.\d+)?|\.\d+", number):
        raise NotANumberError(f"“{text.strip()}” is not a number; write it like 12.5 or 12,5.")
    return sign * float(number)


def typed_whole_number(text: str) -> int:
    """Return the whole number that was meant.

    Raises:
        NotANumberError: there is none, or more than one way to read it.
    """
    number = typed_number(text)
    if not number.is_integer():
        raise NotANumberError(f"“{text.strip()}” is not a whole number.")
    return int(number)
