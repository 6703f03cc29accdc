"""Everything the person can order, by name: one list for menus, buttons and the keyboard."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MODIFIER = "Command" if sys.platform == "darwin" else "Control"


@dataclass(frozen=True)
class Command:
    """One order.

    Attributes:
        title: as in a menu; an ellipsis means that a dialog follows.
        run: carries it out.
        keys: Tk key patterns that trigger it; ``Mod`` stands for Ctrl, or Cmd on a Mac.
        help: what it does, for the tooltip.
        enabled: whether it can be carried out now.
        typing: whether the keys also work while a text field has the focus.
    """

    title: str
    run: Callable[[], object]
    keys: tuple[str, ...] = ()
    help: str = ""
    enabled: Callable[[], bool] = lambda: True
    typing: bool = True

    @property
    def shortcut(self) -> str:
        """The first key pattern as people read it, such as ``Ctrl+Shift+S``."""
        if not self.keys:
            return ""
        parts = self.keys[0].split("-")
        words = {"Mod": "Cmd" if sys.platform == "darwin" else "Ctrl", **_KEY_NAMES}
        named = [words.get(part, part) for part in parts if part != "Key"]
        if len(parts[-1]) == 1 and parts[-1].isupper() and "Shift" not in parts:
            named.insert(-1, "Shift")
        return "+".join(part.upper() if len(part) == 1 else part for part in named)

    @property
    def explanation(self) -> str:
        """What a tooltip says: the help, or the title, and the shortcut."""
        text = self.help or self.title.removesuffix(" …")
        return f"{text} ({self.shortcut})" if self.shortcut else text

    def sequences(self) -> Iterator[str]:
        """Yield the key patterns as Tk wants them."""
        for keys in self.keys:
            yield f"<{keys.replace('Mod', MODIFIER)}>"


class Commands(dict[str, Command]):
    """The commands by name."""


_KEY_NAMES = {
    "plus": "+",
    "minus": "-",
    "equal": "=",
    "space": "Space",
    "Escape": "Esc",
    "comma": ",",
    "bracketleft": "[",
    "bracketright": "]",
}
