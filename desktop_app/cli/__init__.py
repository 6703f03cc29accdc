"""The command line: every job of the application that needs no window."""

from desktop_app.cli.runner import command_names, main

__all__ = ["command_names", "main"]
