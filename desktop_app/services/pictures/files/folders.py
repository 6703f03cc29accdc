"""Finding picture files in folders, and naming results after them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from desktop_app.services.errors import PictureError, system_reason
from desktop_app.services.pictures.files.formats import extension_for_result, is_picture_path

DEFAULT_NAME_PATTERN = "{name}_denoised"


# What servers, waste bins and archives put beside people's pictures.
_NOT_ONES_OWN = frozenset({"@eadir", "#recycle", "$recycle.bin", "lost+found", "__macosx"})
_FILES_OF_A_RUN = ("config.json", "events.jsonl")


def find_pictures(
    folder: Path, recursive: bool = False, on_problem: Callable[[str], None] | None = None
) -> list[Path]:
    """List the picture files of a folder by their endings, in the order of their names.

    Hidden files and folders are left out. With ``recursive``, folders inside are searched too, but
    those of servers and waste bins, and of training runs; links to folders are not followed, so
    that the search always ends.

    Args:
        folder: where to look.
        recursive: whether to look into the folders inside.
        on_problem: called with one sentence for each folder inside that cannot be read; the others
            are searched all the same.

    Raises:
        PictureError: ``folder`` is missing, is not a folder, or cannot be read.
    """
    if not folder.exists():
        raise PictureError(f"{folder} does not exist; check the spelling of the path.")
    if not folder.is_dir():
        raise PictureError(f"{folder} is a file, not a folder.")
    try:
        return sorted(_pictures_in(folder, recursive, on_problem))
    except OSError as error:
        raise PictureError(f"{folder} cannot be read: {system_reason(error)}.") from error


def _pictures_in(
    folder: Path, recursive: bool, on_problem: Callable[[str], None] | None
) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            path = Path(entry.path)
            # Unlike the entry itself, the path does not raise where it is a link to itself.
            if path.is_file() and is_picture_path(path):
                yield path
            elif recursive and entry.is_dir(follow_symlinks=False) and _is_ones_own(path):
                try:
                    yield from _pictures_in(path, recursive, on_problem)
                except OSError as error:
                    if on_problem is not None:
                        on_problem(f"{path} cannot be read: {system_reason(error)}.")


def _is_ones_own(folder: Path) -> bool:
    return folder.name.casefold() not in _NOT_ONES_OWN and not all(
        (folder / name).is_file() for name in _FILES_OF_A_RUN
    )


def result_name(
    source: Path,
    pattern: str = DEFAULT_NAME_PATTERN,
    format_name: str = "",
    as_dng: bool = False,
) -> str:
    """Return the file name of the result made from ``source``.

    Args:
        source: the source file.
        pattern: the name without its ending; ``{name}`` stands for the source's.
        format_name: what the source's content is, if known.
        as_dng: whether results of RAW files are DNG files rather than TIFF files.

    Raises:
        PictureError: the pattern does not hold ``{name}``, or would lead to another folder.
    """
    if "{name}" not in pattern or any(separator in pattern for separator in "/\\"):
        raise PictureError(
            f"The name pattern {pattern!r} cannot be used: it must contain {{name}} and no slash."
        )
    return pattern.replace("{name}", source.stem) + extension_for_result(
        source, format_name, as_dng
    )
