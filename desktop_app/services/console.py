"""The command line's two voices: everything that is printed goes through here."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from desktop_app.services.shown_text import shown

_ERROR_STREAM = 2


def say(text: str) -> None:
    """Print a result to standard output."""
    _write(sys.stdout, text)


def complain(text: str) -> None:
    """Print what went wrong, or could not be kept, to standard error."""
    _write(sys.stderr, text)


def draw(stream: TextIO, text: str) -> None:
    """Write to a terminal without ending the line; a carriage return at its beginning stays."""
    start = "\r" if text.startswith("\r") else ""
    end = "\r" if len(text) > 1 and text.endswith("\r") else ""
    stream.write(start + shown(text.strip("\r")) + end)
    stream.flush()


def occupy_closed_streams() -> None:
    """Give standard streams that are closed a place, so that no file gets their numbers.

    Whatever a library printed would else end up in the next file that is opened.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def part_from_libraries() -> None:
    """Give standard error a way of its own, so that what libraries write there can be silenced.

    See :mod:`desktop_app.services.pictures.files.decoder_guards`.
    """
    stream = sys.__stderr__
    if stream is None or sys.stderr is not stream or stream.fileno() != _ERROR_STREAM:
        return
    stream.flush()
    own = os.dup(_ERROR_STREAM)
    sys.stderr = open(  # noqa: SIM115 - open as long as the program runs
        own, "w", buffering=1, encoding=stream.encoding, errors=stream.errors, closefd=False
    )


def finish() -> None:
    """Hand what was printed to the system.

    Raises:
        OSError: it could not be taken, as on a full disk; the stream is closed then.
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        # Python must not try to flush to it once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


def _write(stream: TextIO | None, text: str) -> None:
    if stream is not None:  # closed by whoever started the program
        print(shown(text), file=stream, flush=True)
