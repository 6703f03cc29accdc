"""Which files a batch reads, and where their results go."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from desktop_app.services import pictures
from desktop_app.services.errors import AppError
from desktop_app.services.pictures.files.folders import DEFAULT_NAME_PATTERN, result_name

_NUMBERED = re.compile(r"(.+)_[0-9]+")


@dataclass(frozen=True)
class BatchItem:
    """A picture file and the file that its result goes to.

    Attributes:
        source: the picture.
        target: its result.
        otherwise: its result where ``target`` is to be a DNG file and the picture cannot be one;
            None where that is an error.
        is_raw: whether it is a camera's RAW file, whatever its name ends with.
    """

    source: Path
    target: Path
    otherwise: Path | None = None
    is_raw: bool = False


def plan_batch(
    inputs: Iterable[Path],
    output: Path | None,
    *,
    recursive: bool = False,
    pattern: str = DEFAULT_NAME_PATTERN,
    as_dng: bool = False,
    on_problem: Callable[[str], None] | None = None,
) -> list[BatchItem]:
    """Decide which files are read and where their results go.

    Files keep their order; the pictures of a folder come by name, and keep their places in folders
    below it. No two results get the same name, even on file systems that do not tell capitals from
    small letters. What an earlier run has made of pictures of the batch is left out.

    Args:
        inputs: files and folders.
        output: the folder for the results; beside each source where None.
        recursive: whether to look into folders inside folders.
        pattern: names of the results; see ``result_name``.
        as_dng: whether results are DNG files wherever they can be.
        on_problem: called with one sentence for each folder inside that cannot be read.

    Raises:
        AppError: a folder holds no pictures or cannot be read, or there is no folder for results.
    """
    if output is not None and output.exists() and not output.is_dir():
        raise AppError(f"{output} is a file; results of several pictures need a folder.")
    is_raw = cache(pictures.is_raw_file)
    names, usual_names = (_ResultNames(pattern, dng, is_raw) for dng in (as_dng, False))
    proposed = []
    for source, subfolder in _sources(inputs, output, recursive, on_problem):
        folder = source.parent if output is None else output / subfolder
        otherwise = folder / usual_names.of(source) if as_dng else None
        target = folder / names.of(source)
        proposed.append(BatchItem(source, target, otherwise, is_raw(source)))
    results = _results_among(proposed)
    items = [item for item in proposed if item.source not in results]
    taken: set[str] = set()
    targets = [_taken_from(item.target, taken) for item in items]
    return [
        replace(item, target=target, otherwise=_other_name(item, target, taken))
        for item, target in zip(items, targets, strict=True)
    ]


def _other_name(item: BatchItem, target: Path, taken: set[str]) -> Path | None:
    if item.otherwise is None or item.otherwise == item.target:
        return item.otherwise and target
    return _taken_from(item.otherwise, taken)


class _ResultNames:
    """Names of results, which tell apart sources that differ in their endings only.

    A RAW file beside a PNG file of the same name would have a result of the same name: what is
    converted then keeps its ending in the name.
    """

    def __init__(self, pattern: str, as_dng: bool, is_raw: Callable[[Path], bool]) -> None:
        self._pattern, self._as_dng, self._is_raw = pattern, as_dng, is_raw
        self._counted = cache(self._count)

    def of(self, source: Path) -> str:
        name = self._name(source)
        is_converted = Path(name).suffix.lower() != source.suffix.lower()
        if is_converted and self._counted(source.parent)[name.casefold()] > 1:
            return self._name(source, _with_ending(source))
        return name

    def _name(self, source: Path, stem: str | None = None) -> str:
        named = source if stem is None else source.with_stem(stem)
        return result_name(named, self._pattern, self._format_name(source), self._as_dng)

    def _format_name(self, source: Path) -> str:
        return "RAW" if self._is_raw(source) else ""

    def _count(self, folder: Path) -> Counter[str]:
        try:
            paths = [path for path in folder.iterdir() if pictures.is_picture_path(path)]
        except OSError:
            return Counter()
        return Counter(self._name(path).casefold() for path in paths)


def _with_ending(source: Path) -> str:
    return f"{source.stem}_{source.suffix.lstrip('.').lower()}"


def _sources(
    inputs: Iterable[Path],
    output: Path | None,
    recursive: bool,
    on_problem: Callable[[str], None] | None,
) -> Generator[tuple[Path, Path], None, None]:
    """Yield each picture file with the folder below its input in which it lies."""
    for path in inputs:
        if not path.is_dir():
            yield path, Path()
            continue
        if output is None:
            raise AppError(f"{path} is a folder; name another folder for its results.")
        found = pictures.find_pictures(path, recursive, on_problem)
        if output.resolve() != path.resolve():
            inside = output.resolve()
            found = [picture for picture in found if inside not in picture.resolve().parents]
        if not found:
            where = "or the folders inside it" if recursive else "itself"
            raise AppError(f"There are no pictures in {path} {where}.")
        for picture in found:
            yield picture, picture.relative_to(path).parent


def _results_among(proposed: Sequence[BatchItem]) -> set[Path]:
    """Return the sources that are the results of others, with or without a number behind."""
    makers = {
        _key(target.resolve()): item.source
        for item in proposed
        for target in (item.target, item.otherwise or item.target)
        if target.stem != item.source.stem
    }
    results = set()
    for item in proposed:
        source = item.source
        numbered = _NUMBERED.fullmatch(source.stem)
        names = [source, source.with_stem(numbered[1])] if numbered else [source]
        if any(makers.get(_key(name.resolve()), source) != source for name in names):
            results.add(source)
    return results


def _key(target: Path) -> str:
    """Return what a name is on file systems that tell neither capitals nor accents apart."""
    return unicodedata.normalize("NFC", str(target)).casefold()


def _taken_from(target: Path, taken: set[str]) -> Path:
    """Return a name that is not taken, which then is."""
    candidate, number = target, 2
    while _key(candidate) in taken:
        candidate = target.with_stem(f"{target.stem}_{number}")
        number += 1
    taken.add(_key(candidate))
    return candidate
