"""Asking for files through the portal of the desktop, which shows the desktop's own dialog.

``org.freedesktop.portal.FileChooser`` is described at
https://flatpak.github.io/xdg-desktop-portal/docs: a call returns the path of a request at once, and
a signal of that request says what was chosen once the dialog is closed.
"""

from __future__ import annotations

import os
import secrets
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from urllib.request import url2pathname

Kind = Literal["open", "several", "save", "folder"]
Filter = tuple[str, Sequence[str]]
"""What a kind of files is called, and the patterns of their names."""

BUS_NAME = "org.freedesktop.portal.Desktop"
OBJECT_PATH = "/org/freedesktop/portal/desktop"
FILE_CHOOSER, REQUEST = "org.freedesktop.portal.FileChooser", "org.freedesktop.portal.Request"
PATIENCE_SECONDS = 4.0
"""How long a portal may take to accept a question; the system starts it when it is first asked."""

_silent: set[str] = set()
"""Addresses of buses whose portal did not answer in time: they are not asked again."""

_OWNER_CHANGED = "NameOwnerChanged"
_ADDRESS = "DBUS_SESSION_BUS_ADDRESS"
_LOOK_SECONDS = 0.1
_VERSION_WITH_FOLDERS = 3
_CHOSEN, _REFUSED_BY_PERSON = 0, 1
_GLOB = 0


@dataclass(frozen=True)
class FileQuestion:
    """What a person is asked for.

    Attributes:
        start: the folder to begin in; for ``save`` the proposed file.
        filters: the first one holds at the beginning.
        window: number of the X window that the dialog belongs to.
    """

    kind: Kind
    title: str
    start: Path
    filters: Sequence[Filter]
    window: int


class PortalTalk:
    """One question to the portal, asked on a thread of its own so that nothing waits for it.

    Attributes:
        chosen: at the end what was chosen, nothing if the person changed their mind; ``None`` where
            no portal answered.
    """

    def __init__(self, question: FileQuestion) -> None:
        self._question = question
        self._accepted = False
        self._given_up = threading.Event()
        self._bus = os.environ[_ADDRESS]
        self._latest = time.monotonic() + PATIENCE_SECONDS
        self.chosen: list[Path] | None = None
        self._thread = threading.Thread(target=self._ask, name="portal", daemon=True)
        self._thread.start()

    @property
    def has_ended(self) -> bool:
        """Whether there is an answer, or none will come."""
        if not self._accepted and time.monotonic() > self._latest:
            self.give_up()
        return self._given_up.is_set() or not self._thread.is_alive()

    def give_up(self) -> None:
        """Wait no longer, and never again; a dialog that stands after all is closed."""
        if self._thread.is_alive():
            _silent.add(self._bus)
        self._given_up.set()

    def _ask(self) -> None:
        try:
            self.chosen = self._answer()
        except TimeoutError:
            _silent.add(self._bus)
        except Exception:  # noqa: BLE001 - whatever a portal does, there is another way to ask
            self.chosen = None

    def _answer(self) -> list[Path] | None:
        from jeepney import (
            DBusAddress,
            HeaderFields,
            MatchRule,
            Properties,
            message_bus,
            new_method_call,
        )
        from jeepney.io.blocking import open_dbus_connection
        from jeepney.wrappers import unwrap_msg

        chooser = DBusAddress(OBJECT_PATH, BUS_NAME, FILE_CHOOSER)
        with open_dbus_connection(self._bus) as bus:

            def call(message: Any) -> Any:
                wait = self._latest - time.monotonic()
                return unwrap_msg(bus.send_and_get_reply(message, timeout=wait))

            ((_, version),) = call(Properties(chooser).get("version"))
            if self._question.kind == "folder" and version < _VERSION_WITH_FOLDERS:
                return None
            response = MatchRule(type="signal", interface=REQUEST, member="Response")
            end = MatchRule(type="signal", interface=message_bus.interface, member=_OWNER_CHANGED)
            end.add_arg_condition(0, BUS_NAME)
            heard: deque[Any] = deque()
            for rule in (response, end):
                bus.filter(rule, queue=heard)
                call(message_bus.AddMatch(rule))
            method, signature, body = _as_call(self._question)
            (handle,) = call(new_method_call(chooser, method, signature, body))
            self._accepted = True
            while not self._given_up.is_set():
                try:
                    message = bus.recv_until_filtered(heard, timeout=_LOOK_SECONDS)
                except TimeoutError:
                    continue
                if end.matches(message):
                    return None
                if message.header.fields[HeaderFields.path] == handle:
                    return _chosen(*message.body)
            bus.send(new_method_call(DBusAddress(handle, BUS_NAME, REQUEST), "Close"))
        return None


def portal_may_be_there() -> bool:
    """Whether this is a desktop with a bus, whose dialogs appear on the display at hand."""
    is_local = os.environ.get("DISPLAY", "").startswith(":")
    bus = os.environ.get(_ADDRESS, "")
    return sys.platform.startswith("linux") and is_local and bool(bus) and bus not in _silent


def _as_call(question: FileQuestion) -> tuple[str, str, tuple[object, ...]]:
    """Return method, signature and arguments of the call that asks a question."""
    options: dict[str, tuple[str, object]] = {
        "handle_token": ("s", f"scratch_denoiser_{secrets.token_hex(8)}"),
        "modal": ("b", True),
    }
    folder = question.start
    if question.kind == "save":
        folder = question.start.parent
        options["current_name"] = "s", os.fsencode(question.start.name).decode(errors="replace")
    if question.kind == "several":
        options["multiple"] = "b", True
    if question.kind == "folder":
        options["directory"] = "b", True
    options["current_folder"] = "ay", os.fsencode(folder) + b"\0"
    filters = [
        (name, [(_GLOB, pattern) for pattern in patterns]) for name, patterns in question.filters
    ]
    if filters:
        options["filters"] = "a(sa(us))", filters
        options["current_filter"] = "(sa(us))", filters[0]
    method = "SaveFile" if question.kind == "save" else "OpenFile"
    return method, "ssa{sv}", (f"x11:{question.window:x}", question.title, options)


def _chosen(code: int, results: dict[str, tuple[str, Any]]) -> list[Path] | None:
    if code == _REFUSED_BY_PERSON:
        return []
    if code != _CHOSEN:
        return None
    addresses = [urlsplit(address) for address in results["uris"][1]]
    paths = [Path(url2pathname(one.path)) for one in addresses if one.scheme == "file"]
    return paths or None
