"""A portal that shows no dialog: python -m tests.desktop_app.ui.fake_portal MODE LOG [URI ...]

What it is asked goes into LOG, a JSON object a line. MODE says what it does about a question:
``answer`` with the addresses, ``refuse`` as a person does, ``fail``, ``wait`` without an end,
``vanish``, or ``silent`` from the beginning.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    MessageType,
    message_bus,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from desktop_app.services.portal import BUS_NAME, REQUEST

CODES = {"answer": 0, "refuse": 1, "fail": 2}


def main(mode: str, log: Path, addresses: list[str]) -> None:
    """Serve until the bus ends."""
    with open_dbus_connection() as bus:
        bus.send_and_get_reply(message_bus.RequestName(BUS_NAME))
        note(log, {"ready": True})
        while True:
            message = bus.receive()
            if message.header.message_type == MessageType.method_call and mode != "silent":
                serve(bus, message, mode, log, addresses)


def serve(bus: DBusConnection, message: Any, mode: str, log: Path, addresses: list[str]) -> None:
    """Answer one call."""
    fields = message.header.fields
    method = fields[HeaderFields.member]
    if method == "Get":
        bus.send(new_method_return(message, "v", (("u", 4),)))
    elif method in ("OpenFile", "SaveFile"):
        window, title, options = message.body
        told = {name: value for name, (_, value) in options.items()}
        folder = told.pop("current_folder").rstrip(b"\0").decode()
        note(log, {"method": method, "window": window, "title": title, "folder": folder, **told})
        sender = fields[HeaderFields.sender][1:].replace(".", "_")
        handle = f"/org/freedesktop/portal/desktop/request/{sender}/{told['handle_token']}"
        bus.send(new_method_return(message, "o", (handle,)))
        if mode == "vanish":
            sys.exit()
        if mode in CODES:
            results = {"uris": ("as", addresses)} if mode == "answer" else {}
            emitter = DBusAddress(handle, interface=REQUEST)
            bus.send(new_signal(emitter, "Response", "ua{sv}", (CODES[mode], results)))
    elif method == "Close":
        note(log, {"method": method})
        bus.send(new_method_return(message))
    else:
        bus.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))


def note(log: Path, what: dict[str, Any]) -> None:
    """Add a line to the log."""
    with log.open("a") as file:
        file.write(json.dumps(what) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
