"""No text from outside acts by being shown, or passes for another."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.shown_text import shown, shown_line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text, größer: 山田 ✓ עברית", "plain text, größer: 山田 ✓ עברית"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31mred\x1b[0m", "<U+001B>[31mred<U+001B>[0m"),
        ("\x9b31m", "<U+009B>31m"),
        ("back\rover\x08\x00\x7f", "back<U+000D>over<U+0008><U+0000><U+007F>"),
        ("gpj.\u202eexe", "gpj.<U+202E>exe"),
        ("\u2066a\u2069\u200f", "<U+2066>a<U+2069><U+200F>"),
        ("ze\u200bro\ufeff\u00ad", "ze<U+200B>ro<U+FEFF><U+00AD>"),
        ("tag\U000e0041\U000e007f", "tag<U+E0041><U+E007F>"),
        ("line\u2028paragraph\u2029", "line<U+2028>paragraph<U+2029>"),
        ("byte\udcff\ud800", "byte<0xFF><U+D800>"),
        ("\u3164\u2800\u115f", "<U+3164><U+2800><U+115F>"),
        ("\ue000\U0010ffff", "<U+E000><U+10FFFF>"),
        ("a" + "\u0301" * 3000 + "b", "a" + "\u0301" * 4 + "b"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_its_number(text, expected):
    assert shown(text) == expected


@given(st.text(st.characters(), max_size=60))
def test_every_text_becomes_harmless_and_then_stays(text):
    result = shown(text)
    assert shown(result) == result
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert all(
        unicodedata.category(character) not in hidden or character in "\n\t" for character in result
    )


def test_long_lines_are_cut_each_by_itself():
    assert shown("x" * 50 + "\nshort", 10) == "xxxxxxxxx…\nshort"
    assert shown_line(" two \n lines ") == "two lines"
