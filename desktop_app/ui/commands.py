"""Everything the person can order, by name: one list for menus, buttons and the keyboard."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One order.

    Attributes:
        title: as in a menu; an ellipsis means that a dialog follows.
        run: carries it out.
        keys: what triggers it, such as ``Mod-Shift-s``; ``Mod`` stands for Ctrl, or Cmd on a Mac,
            and the last part is Tk's name of the key, a letter in lower case.
        help: what it does, for the tooltip.
        enabled: whether it can be carried out now.
        naming: gives a title that depends on what is open; ``None`` where it is always the same.
        typing: whether the keys also work while a text field has the focus.
    """

    title: str
    run: Callable[[], object]
    keys: tuple[str, ...] = ()
    help: str = ""
    enabled: Callable[[], bool] = lambda: True
    typing: bool = True
    naming: Callable[[], str] | None = None

    @property
    def words(self) -> str:
        """The title as it is now."""
        return self.title if self.naming is None else self.naming()

    @property
    def shortcut(self) -> str:
        """The first of the keys as people read it, such as ``Ctrl+Shift+S``."""
        if not self.keys:
            return ""
        words = {"Mod": "Cmd" if sys.platform == "darwin" else "Ctrl", **_KEY_NAMES}
        named = [words.get(part, part) for part in self.keys[0].split("-")]
        return "+".join(part.upper() if len(part) == 1 else part for part in named)

    @property
    def explanation(self) -> str:
        """What a tooltip says: the help, or the title, and the shortcut."""
        text = self.help or self.title.removesuffix(" …")
        return f"{text} ({self.shortcut})" if self.shortcut else text


class Commands(dict[str, Command]):
    """The commands by name."""


_KEY_NAMES = {
    "plus": "+",
    "minus": "-",
    "equal": "=",
    "space": "Space",
    "Return": "Enter",
    "Escape": "Esc",
    "comma": ",",
    "bracketleft": "[",
    "bracketright": "]",
}
