"""The command line: every job of the application that needs no window."""

from desktop_app.cli.parser import command_names
from desktop_app.cli.runner import main

__all__ = ["command_names", "main"]
