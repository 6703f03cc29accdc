"""Where the results of a batch are written: what is there already, what cannot be DNG."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeAlias

from desktop_app.services import pictures
from desktop_app.services.denoising.batch_files import BatchItem
from desktop_app.services.errors import AppError, TargetExistsError, WriteError, system_reason
from desktop_app.services.pictures.files.formats import SavingOptions, format_for_saving
from desktop_app.services.pictures.files.protection import refuse_protected
from desktop_app.services.pictures.picture import Picture

Existing: TypeAlias = Literal["fail", "skip", "overwrite", "rename"]
"""What to do where a result's file exists already."""

EXISTING_POLICIES: tuple[Existing, ...] = ("fail", "skip", "overwrite", "rename")


def is_to_be_skipped(target: Path, existing: Existing) -> bool:
    """Whether there is nothing to do, as the result exists."""
    return existing == "skip" and target.exists()


def without_dng(item: BatchItem) -> BatchItem:
    """Return an item with the target for a picture that cannot be a DNG file."""
    return item if item.otherwise is None else replace(item, target=item.otherwise)


def sentence_instead_of_dng(item: BatchItem) -> str:
    """Say why a result is no DNG file, though those that can be shall be; else nothing."""
    if item.otherwise is None:
        return ""
    return (
        f"Saved as {format_for_saving(item.target).name}: DNG is only for what the Bayer sensors "
        "of cameras saw, denoised before development."
    )


def check_target(target: Path, existing: Existing) -> None:
    """Find out before the work, not after it, that a result could not be saved.

    Raises:
        AppError: it could not.
    """
    format_for_saving(target)
    if existing == "fail" and target.exists():
        raise TargetExistsError(target)
    if existing == "overwrite":
        refuse_protected(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AppError(
            f"The folder {target.parent} cannot be made: {system_reason(error)}."
        ) from error
    if not os.access(target.parent, os.W_OK):
        raise WriteError(target, PermissionError(13, "permission denied"))


def save_result(
    picture: Picture, target: Path, existing: Existing, options: SavingOptions
) -> tuple[Path, tuple[str, ...]]:
    """Write a result.

    Returns:
        The file, which has a number in its name if it exists and ``existing`` is "rename", and what
        its format could not hold.

    Raises:
        AppError: as for ``save_picture``.
    """
    overwrite = existing == "overwrite"
    candidate, number = target, 2
    while True:
        try:
            return candidate, pictures.save_picture(picture, candidate, overwrite, options=options)
        except TargetExistsError:
            if existing != "rename":
                raise
        candidate = target.with_stem(f"{target.stem}_{number}")
        number += 1
