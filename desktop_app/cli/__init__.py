"""The command line: every job of the application that needs no window."""

from desktop_app.cli.main import main
from desktop_app.cli.parser import command_names

__all__ = ["command_names", "main"]
