"""The arguments of the command line as a whole."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import NoReturn

from desktop_app.cli import demo, denoise, evaluate, models, noise, runs, train
from desktop_app.services.console import complain, say

PROGRAM = "scratch-denoiser"
COMMANDS = (denoise, noise, demo, evaluate, models, train, runs)


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
