"""What was pressed has one name, whatever Caps Lock and the keyboard's script make of it."""

from __future__ import annotations

import sys
import tkinter as tk
from types import SimpleNamespace

import pytest

from desktop_app.ui.commands import CONTROL, MODIFIER, SHIFT, chord

LOCK = 0x2


def pressed(keysym: str, number: int, state: int = MODIFIER, keycode: int = 0) -> tk.Event:
    return SimpleNamespace(keysym=keysym, keysym_num=number, state=state, keycode=keycode)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (pressed("z", 0x7A), "Mod-z"),
        (pressed("Z", 0x5A, MODIFIER | LOCK), "Mod-z"),
        (pressed("Z", 0x5A, MODIFIER | SHIFT), "Mod-Shift-z"),
        (pressed("z", 0x7A, MODIFIER | SHIFT | LOCK), "Mod-Shift-z"),
        (pressed("plus", 0x2B, MODIFIER | SHIFT), "Mod-plus"),
        (pressed("KP_Add", 0xFFAB, 0), "plus"),
        (pressed("KP_2", 0xFFB2, 0), "2"),
        (pressed("adiaeresis", 0xE4), "Mod-adiaeresis"),
        (pressed("F1", 0xFFBE, 0), "F1"),
    ],
)
def test_a_key_has_one_name(event, name):
    assert chord(event) == name


@pytest.mark.skipif(sys.platform != "linux", reason="keys have other numbers on other systems")
@pytest.mark.parametrize(
    ("keysym", "number", "keycode", "name"),
    [
        ("Cyrillic_ya", 0x6D1, 52, "Mod-z"),
        ("Greek_sigma", 0x7F3, 39, "Mod-s"),
        ("hebrew_shin", 0xCF9, 38, "Mod-a"),
        ("U10D8", 0x10010D8, 31, "Mod-i"),
        ("Cyrillic_be", 0x6C2, 59, "Mod-comma"),
    ],
)
def test_a_key_of_another_script_is_the_one_in_its_place(keysym, number, keycode, name):
    assert chord(pressed(keysym, number, keycode=keycode)) == name
    assert chord(pressed(keysym, number, CONTROL | SHIFT, keycode)) == name.replace(
        "Mod-", "Mod-Shift-" if len(name) == 5 else "Mod-"
    )
