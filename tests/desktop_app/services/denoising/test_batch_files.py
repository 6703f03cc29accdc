"""What a batch reads and writes: no result twice, none under another's name, nothing of others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from desktop_app.services.denoising.batch_files import plan_batch
from desktop_app.services.pictures import find_pictures, open_picture
from tests.desktop_app.raw_files import write_dng


def touch(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return [folder / name for name in names]


def planned(inputs: list[Path], output: Path | None, **options) -> dict[str, str]:
    items = plan_batch(inputs, output, **options)
    return {item.source.name: item.target.name for item in items}


@pytest.mark.parametrize("as_files", [False, True])
def test_results_are_not_denoised_again(tmp_path, as_files):
    touch(tmp_path, "a.png", "b.JPG", "deep/c.tif")
    touch(tmp_path, "a_denoised.png", "a_denoised_2.png", "a_denoised_denoised.png",
          "b_denoised.JPG", "deep/c_denoised.tif", "alone_denoised.png", "a_2.png")  # fmt: skip
    inputs = sorted(tmp_path.rglob("*.*")) if as_files else [tmp_path]
    output = None if as_files else tmp_path
    assert planned(inputs, output, recursive=True) == {
        "a.png": "a_denoised.png", "a_2.png": "a_2_denoised.png", "b.JPG": "b_denoised.JPG",
        "c.tif": "c_denoised.tif", "alone_denoised.png": "alone_denoised_denoised.png",
    }  # fmt: skip


def test_a_result_by_itself_is_denoised_when_it_is_asked_for(tmp_path):
    paths = touch(tmp_path, "a.png", "a_denoised.png")
    assert planned(paths[1:], None) == {"a_denoised.png": "a_denoised_denoised.png"}


@pytest.mark.parametrize("others", [["a.png"], []])
def test_a_raw_beside_a_picture_of_its_name_has_a_result_of_its_own(tmp_path, others):
    raw, *_ = touch(tmp_path, "a.gif", "a.png", "b.gif", "c.dng", "c.jpg")
    inputs = [raw, *(tmp_path / name for name in others)]
    names = planned(inputs, tmp_path / "out")
    assert names["a.gif"] == "a_gif_denoised.png"
    assert names.get("a.png", "a_denoised.png") == "a_denoised.png"
    assert planned([tmp_path / "b.gif"], None) == {"b.gif": "b_denoised.png"}
    assert planned([tmp_path / "c.dng"], None) == {"c.dng": "c_denoised.tif"}


def test_what_cannot_be_dng_is_named_as_without_it(tmp_path):
    touch(tmp_path, "a.raf", "b.dng", "b.tif", "c.jpg", "c_denoised.jpg", "a_denoised.tif")
    items = plan_batch([tmp_path], tmp_path, as_dng=True)
    assert {i.source.name: (i.target.name, i.otherwise.name) for i in items} == {
        "a.raf": ("a_denoised.dng", "a_denoised.tif"),
        "b.dng": ("b_denoised.dng", "b_dng_denoised.tif"),
        "b.tif": ("b_denoised.tif", "b_denoised.tif"),
        "c.jpg": ("c_denoised.jpg", "c_denoised.jpg"),
    }
    two = touch(tmp_path, "one/d.raf", "two/d.nef", "three/d.tif")
    items = plan_batch(two, tmp_path / "out", as_dng=True)
    assert [(i.target.name, i.otherwise.name) for i in items] == [
        ("d_denoised.dng", "d_denoised_2.tif"),
        ("d_denoised_2.dng", "d_denoised_3.tif"),
        ("d_denoised.tif", "d_denoised.tif"),
    ]
    assert plan_batch(two, tmp_path / "out")[0].otherwise is None


def test_raw_files_under_other_names_are_named_as_raw_files(tmp_path):
    for name in ("a.tif", "b.jpg", "c", "a.nef"):
        write_dng(tmp_path / name)
    touch(tmp_path, "b.png")
    sources = [tmp_path / name for name in ("a.tif", "a.nef", "b.jpg", "b.png", "c")]
    items = plan_batch(sources, tmp_path / "out", as_dng=True)
    assert [(i.target.name, i.otherwise.name, i.is_raw) for i in items] == [
        ("a_tif_denoised.dng", "a_denoised.tif", True),
        ("a_nef_denoised.dng", "a_nef_denoised.tif", True),
        ("b_denoised.dng", "b_denoised.tif", True),
        ("b_denoised.png", "b_denoised.png", False),
        ("c_denoised.dng", "c_denoised.tif", True),
    ]
    without = plan_batch(sources, tmp_path / "out")
    assert [item.target for item in without] == [item.otherwise for item in items]


def test_results_differ_on_disks_that_tell_no_capitals_apart(tmp_path):
    paths = touch(tmp_path, "one/IMG.png", "two/img.png", "three/cafe\u0301.png", "four/café.png")
    targets = planned(paths, tmp_path / "out").values()
    assert list(targets) == [
        "IMG_denoised.png", "img_denoised_2.png", "cafe\u0301_denoised.png", "café_denoised_2.png",
    ]  # fmt: skip


def test_what_is_not_ones_own_is_left_out(tmp_path):
    touch(tmp_path, "a.jpg", "@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg", "#recycle/b.jpg", ".c/d.png",
          "$RECYCLE.BIN/e.png", "__MACOSX/f.jpg", "run/config.json", "run/events.jsonl",
          "run/samples/1.png", "run/curves.png", "plain/config.json", "plain/g.png")  # fmt: skip
    names = [path.name for path in find_pictures(tmp_path, recursive=True)]
    assert names == ["a.jpg", "g.png"]


def test_a_folder_that_cannot_be_read_is_said(tmp_path, monkeypatch):
    touch(tmp_path, "a.jpg", "gone/b.jpg", "open/c.jpg")
    scan = os.scandir

    def failing(folder):
        if Path(folder).name == "gone":
            raise PermissionError(13, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(os, "scandir", failing)
    problems: list[str] = []
    assert [p.name for p in find_pictures(tmp_path, True, problems.append)] == ["a.jpg", "c.jpg"]
    assert problems == [f"{tmp_path / 'gone'} cannot be read: permission was denied."]


@pytest.mark.parametrize("ending", [".jfif", ".pjpeg", ".pjp", ".mpo", ".JFIF"])
def test_every_ending_of_jpeg_is_found(tmp_path, ending):
    Image.new("RGB", (16, 16)).save(tmp_path / f"a{ending}", "JPEG")
    (path,) = find_pictures(tmp_path)
    assert open_picture(path).metadata.format == "JPEG"
    result = f"a_denoised{'.jpg' if ending == '.mpo' else ending}"
    assert planned([path], None) == {path.name: result}
