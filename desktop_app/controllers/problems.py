"""What went wrong, in one sentence for people and in detail for whoever helps them."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from desktop_app.services.errors import AppError
from desktop_app.services.memory import shortage_sentence
from scratch_layers.errors import ScratchError


@dataclass(frozen=True)
class WayOut:
    """What can be done about a problem: the words on a button, and what it does."""

    text: str
    action: Callable[[], object]


@dataclass(frozen=True)
class Problem:
    """An error as the window shows it.

    Attributes:
        title: what could not be done, such as "The picture was not saved".
        sentence: why, and what to do.
        details: the traceback; can be copied.
        way_out: what the window offers to do, or ``None``.
        several: the sentences of all, where this stands for more than one problem.
    """

    title: str
    sentence: str
    details: str
    way_out: WayOut | None = None
    several: tuple[str, ...] = ()


def describe(title: str, error: BaseException, way_out: WayOut | None = None) -> Problem:
    """Turn any exception into a :class:`Problem`."""
    details = "".join(traceback.format_exception(error))
    return Problem(title, _sentence(error), details, way_out)


def together(
    problems: Sequence[Problem], title: str, sentence: str, way_out: WayOut | None = None
) -> Problem:
    """Make one problem of several of a kind, so that they are told once, as a list.

    Args:
        title, sentence, way_out: of the whole; a single problem keeps its own.
    """
    if len(problems) == 1:
        return problems[0]
    details = "\n\n".join(f"{problem.title}\n{problem.details}" for problem in problems)
    sentences = tuple(problem.sentence for problem in problems)
    return Problem(title, sentence, details, way_out, sentences)


def _sentence(error: BaseException) -> str:
    if isinstance(error, AppError | ScratchError):
        return str(error)
    shortage = shortage_sentence(error)
    if shortage is not None:
        return shortage
    if isinstance(error, OSError):
        return _system_sentence(error)
    return f"This is an error in the program, not in your files ({type(error).__name__}: {error})."


def _system_sentence(error: OSError) -> str:
    place = error.filename if error.filename is not None else "the disk"
    if error.errno == errno.ENOSPC:
        return "The disk is full; free some space and try again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{place} may not be written or read; choose another place."
    if isinstance(error, FileNotFoundError):
        return f"{place} does not exist (any more)."
    return f"{place} could not be used: {error.strerror or error}."
