"""Finding pictures in folders and naming results."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import find_pictures, is_picture_path
from desktop_app.services.pictures.files.folders import result_name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.png", "a.JPG", "notes.txt", ".hidden.png", "inside/c.tif", ".cache/d.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def names(paths: list[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def test_pictures_of_a_folder_by_name(folder):
    assert names(find_pictures(folder), folder) == ["a.JPG", "b.png"]


def test_pictures_in_folders_inside(folder):
    assert names(find_pictures(folder, recursive=True), folder) == [
        "a.JPG",
        "b.png",
        "inside/c.tif",
    ]


def test_a_link_to_the_folder_itself_is_not_followed(folder):
    (folder / "inside" / "loop").symlink_to(folder)
    assert len(find_pictures(folder, recursive=True)) == 3


def test_a_link_to_a_picture_counts(folder):
    (folder / "link.png").symlink_to(folder / "b.png")
    assert names(find_pictures(folder), folder) == ["a.JPG", "b.png", "link.png"]


def test_a_link_to_itself_or_to_nothing_does_not_stop_the_others(folder):
    (folder / "loop.png").symlink_to(folder / "loop.png")
    (folder / "gone.png").symlink_to(folder / "nothing")
    assert names(find_pictures(folder), folder) == ["a.JPG", "b.png"]


def test_a_folder_that_is_none(folder):
    with pytest.raises(PictureError, match="does not exist"):
        find_pictures(folder / "none")
    with pytest.raises(PictureError, match="is a file"):
        find_pictures(folder / "b.png")


def test_endings_are_known_in_any_case():
    assert is_picture_path(Path("x.Tiff"))
    assert not is_picture_path(Path("x.tiff.txt"))
    assert not is_picture_path(Path("png"))


@pytest.mark.parametrize(
    ("source", "pattern", "format_name", "expected"),
    [
        ("a/photo.JPG", "{name}_denoised", "JPEG", "photo_denoised.JPG"),
        ("photo.one.tif", "clean {name}", "", "clean photo.one.tif"),
        ("still.gif", "{name}_denoised", "GIF", "still_denoised.png"),
        ("wrong.png", "{name}_denoised", "JPEG", "wrong_denoised.jpg"),
        ("unknown.xyz", "{name}", "", "unknown.png"),
    ],
)
def test_results_are_named_after_their_sources(source, pattern, format_name, expected):
    assert result_name(Path(source), pattern, format_name) == expected


@pytest.mark.parametrize("pattern", ["denoised", "../{name}", "{name}\\x"])
def test_patterns_that_would_mix_up_files_are_refused(pattern):
    with pytest.raises(PictureError, match="must contain"):
        result_name(Path("a.png"), pattern)
