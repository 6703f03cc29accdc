"""From the arguments of the command line to an exit code, with every error as one sentence."""

from __future__ import annotations

import argparse
import io
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from types import FrameType
from typing import NoReturn

from desktop_app.cli import demo, denoise, evaluate, models, noise, runs, train
from desktop_app.services.console import (
    complain,
    finish,
    occupy_closed_streams,
    part_from_libraries,
    say,
)
from desktop_app.services.errors import AppError, system_reason
from desktop_app.services.memory import shortage_sentence
from desktop_app.services.processor import wait_briefly
from scratch_layers.errors import ScratchError

PROGRAM = "scratch-denoiser"
COMMANDS = (denoise, noise, demo, evaluate, models, train, runs)
_EXIT_TERMINATED = 143


class OneSentenceParser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence and the way to more help."""

    def _print_message(self, message: str, file: object = None) -> None:
        if file is sys.stdout:
            say(message.removesuffix("\n"))
        elif message:
            complain(message.removesuffix("\n"))

    def error(self, message: str) -> NoReturn:
        """Print the complaint and leave with exit code 2."""
        self.exit(2, f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.\n")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; a parsed command has its function in ``run``."""
    parser = OneSentenceParser(
        prog=PROGRAM,
        description="Removes noise from photos with neural networks written from scratch.",
        epilog="Without a command, or with picture files instead of one, the window opens.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {_version()}")
    parser.add_argument(
        "--debug", action="store_true", help="show where in the program an error came from"
    )
    subparsers = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=OneSentenceParser
    )
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


def command_names() -> tuple[str, ...]:
    """Return the names of the commands."""
    return tuple(command.__name__.rpartition(".")[2] for command in COMMANDS)


def _version() -> str:
    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        return "(not installed)"


EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str]) -> int:
    """Run one command.

    Returns:
        0 where all went well, 1 where something failed, 2 for arguments that cannot be used, 130
        where it was interrupted with Ctrl-C.
    """
    wait_briefly()
    debug = "--debug" in argv
    occupy_closed_streams()
    part_from_libraries()
    _print_any_name()
    try:
        with _termination_raises():
            code = _run([word for word in argv if word != "--debug"])
            finish()
            return code
    except KeyboardInterrupt:
        complain("Interrupted; files that were being written were left as they were.")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        with suppress(OSError):
            finish()
        return EXIT_FAILED
    except Exception as error:  # noqa: BLE001 - people get a sentence, never a traceback
        if debug:
            complain(traceback.format_exc())
        complain(_sentence(error))
        with suppress(OSError):
            finish()
        return EXIT_FAILED


def _run(words: Sequence[str]) -> int:
    try:
        arguments = build_parser().parse_args(words)
    except SystemExit as stop:
        return int(stop.code or 0)
    code: int = arguments.run(arguments)
    return code


def _sentence(error: Exception) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, AppError | ScratchError) and text:
        return text
    shortage = shortage_sentence(error)
    if shortage is not None:
        return shortage
    if isinstance(error, OSError):
        name = f"{error.filename} cannot be used: " if error.filename else ""
        return f"{name}{system_reason(error)}."
    return (
        f"Something unexpected went wrong ({type(error).__name__}: {text}); "
        "run the command again with --debug for details."
    )


def _print_any_name() -> None:
    """Let names of files be printed that are not text, or not in this terminal's encoding."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


@contextmanager
def _termination_raises() -> Iterator[None]:
    """Let a polite request to stop unwind the program, so that temporary files are removed."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(_EXIT_TERMINATED)

    try:
        previous = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # only the main thread may set it
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
