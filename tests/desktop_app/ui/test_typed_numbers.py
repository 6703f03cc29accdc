"""A number is understood as it is written in the person's country, or refused in words."""

from __future__ import annotations

import pytest

from desktop_app.ui.typed_numbers import NotANumberError, typed_number, typed_whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" 12.5 ", 12.5),
        ("12,5", 12.5),
        ("0,125", 0.125),
        (".5", 0.5),
        ("-3,25", -3.25),
        ("1 200", 1200),
        ("1\u202f200,5", 1200.5),
        ("1’200.5", 1200.5),
        ("1.200,5", 1200.5),
        ("1,200.5", 1200.5),
        ("1.200.300", 1200300),
        ("1234.567", 1234.567),
        ("٣٫٥", 3.5),
    ],
)
def test_a_number_is_understood(text, number):
    assert typed_number(text) == number


@pytest.mark.parametrize("text", ["", "many", "1.2.3", "12,5,", "1 2", "nan", "1e3", "--1", "5 %"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(NotANumberError, match="is not a number"):
        typed_number(text)


@pytest.mark.parametrize("text", ["1.200", "12,345"])
def test_what_can_be_read_in_two_ways_is_refused(text):
    with pytest.raises(NotANumberError, match="two ways"):
        typed_number(text)


def test_a_fraction_is_no_whole_number():
    assert typed_whole_number("1 000") == 1000
    with pytest.raises(NotANumberError, match="not a whole number"):
        typed_whole_number("12,5")
