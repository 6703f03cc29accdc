"""Writing in one step: the old content or the new, never a part, never a leftover."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from desktop_app.services.atomic_files import remove_leftovers, write_atomically
from desktop_app.services.errors import TargetExistsError, WriteError


def write_new(stream: BinaryIO) -> None:
    stream.write(b"new")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file(tmp_path):
    write_atomically(tmp_path / "a.txt", write_new, overwrite=False)
    assert (tmp_path / "a.txt").read_bytes() == b"new"
    assert names(tmp_path) == ["a.txt"]


def test_an_existing_file_is_replaced_only_if_allowed(tmp_path):
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")
    with pytest.raises(TargetExistsError, match=r"a\.txt exists already"):
        write_atomically(target, write_new, overwrite=False)
    assert target.read_bytes() == b"old"
    write_atomically(target, write_new)
    assert target.read_bytes() == b"new"
    assert names(tmp_path) == ["a.txt"]


def test_a_file_made_meanwhile_by_somebody_else_stays(tmp_path):
    target = tmp_path / "a.txt"

    def write(stream: BinaryIO) -> None:
        stream.write(b"new")
        target.write_bytes(b"somebody else's")

    with pytest.raises(TargetExistsError):
        write_atomically(target, write, overwrite=False)
    assert target.read_bytes() == b"somebody else's"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("exists_meanwhile", [False, True])
def test_a_file_system_without_hard_links(tmp_path, monkeypatch, exists_meanwhile):
    target = tmp_path / "a.txt"

    def no_links(*_: object) -> None:
        if exists_meanwhile:
            target.write_bytes(b"somebody else's")
        raise OSError(errno.EOPNOTSUPP, "not supported")

    monkeypatch.setattr(os, "link", no_links)
    if exists_meanwhile:
        with pytest.raises(TargetExistsError):
            write_atomically(target, write_new, overwrite=False)
        assert target.read_bytes() == b"somebody else's"
    else:
        write_atomically(target, write_new, overwrite=False)
        assert target.read_bytes() == b"new"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, RuntimeError, GeneratorExit])
def test_an_interruption_leaves_the_old_file_and_nothing_else(tmp_path, stop):
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")

    def write(stream: BinaryIO) -> None:
        stream.write(b"half of the new")
        raise stop

    with pytest.raises(stop):
        write_atomically(target, write)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch, step):
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if step != "write":
        owner = os if step == "fsync" else Path
        monkeypatch.setattr(owner, step, full)
    with pytest.raises(WriteError, match=r"a\.txt cannot be written: the disk is full\."):
        write_atomically(target, full if step == "write" else write_new)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["a.txt"]


def test_a_missing_folder(tmp_path):
    with pytest.raises(WriteError, match="the folder does not exist"):
        write_atomically(tmp_path / "none" / "a.txt", write_new)


def test_a_folder_in_the_place_of_the_file(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(WriteError, match="it is a folder"):
        write_atomically(tmp_path / "a.txt", write_new)
    assert names(tmp_path) == ["a.txt"]


def test_permissions_of_a_replaced_file_are_kept(tmp_path):
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")
    target.chmod(0o640)
    write_atomically(target, write_new)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.txt").write_bytes(b"old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real" / "a.txt")
    write_atomically(tmp_path / "link.txt", write_new)
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real" / "a.txt").read_bytes() == b"new"


def test_a_very_long_name(tmp_path):
    target = tmp_path / ("x" * 250)
    write_atomically(target, write_new)
    assert names(tmp_path) == [target.name]


def test_a_killed_writer_leaves_the_old_file(tmp_path):
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")
    code = (
        "import sys, time, pathlib\n"
        "from desktop_app.services.atomic_files import write_atomically\n"
        "def write(stream):\n"
        "    stream.write(b'half'); stream.flush(); print('writing', flush=True); time.sleep(60)\n"
        "write_atomically(pathlib.Path(sys.argv[1]), write)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(target)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        process.kill()
        process.wait(10)
    assert target.read_bytes() == b"old"
    assert len(names(tmp_path)) == 2
    assert [name for name in names(tmp_path) if not name.endswith("-part")] == ["a.txt"]
    write_atomically(tmp_path / "b.txt", write_new)
    assert names(tmp_path) == ["a.txt", "b.txt"]


def test_what_another_writer_is_working_on_stays(tmp_path):
    def write(stream: BinaryIO) -> None:
        stream.write(b"outer")
        write_atomically(tmp_path / "inner.txt", write_new)
        remove_leftovers(tmp_path)

    write_atomically(tmp_path / "outer.txt", write)
    assert (tmp_path / "outer.txt").read_bytes() == b"outer"
    assert names(tmp_path) == ["inner.txt", "outer.txt"]


def test_files_of_others_are_no_leftovers(tmp_path):
    others = [
        ".a.part",
        ".a.txt.scratch-part",
        ".a.0123456789ab.part",
        "a.0123456789ab.scratch-part",
    ]
    for name in others:
        (tmp_path / name).touch()
    remove_leftovers(tmp_path)
    assert names(tmp_path) == sorted(others)


def test_where_files_cannot_be_locked_nothing_is_taken_for_a_leftover(tmp_path, monkeypatch):
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    (tmp_path / ".a.txt.0123456789ab.scratch-part").touch()
    write_atomically(tmp_path / "a.txt", write_new)
    assert names(tmp_path) == [".a.txt.0123456789ab.scratch-part", "a.txt"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of this kind are those of POSIX")
def test_only_the_user_can_read_what_is_not_complete_yet(tmp_path):
    seen = []

    def write(stream: BinaryIO) -> None:
        (path,) = tmp_path.iterdir()
        seen.append(stat.S_IMODE(path.stat().st_mode))
        stream.write(b"new")

    former = os.umask(0o027)
    try:
        write_atomically(tmp_path / "a.txt", write)
    finally:
        os.umask(former)
    assert seen == [0o600]
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


@pytest.mark.parametrize("letter", ["a", "ä", "山", "😀"])
def test_every_legal_name_can_be_written(tmp_path, letter):
    longest = 255 // len(letter.encode())
    for length in (longest, longest - 1, 60):
        target = tmp_path / (letter * length)
        write_atomically(target, write_new)
        assert target.read_bytes() == b"new"
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.skipif(os.name != "posix", reason="modes and attributes of POSIX")
def test_a_file_keeps_what_it_has_beside_its_content(tmp_path):
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")
    target.chmod(0o640)
    attributes = {"user.rating": b"5"}
    try:
        os.setxattr(target, "user.rating", b"5")
    except OSError:  # a file system without them
        attributes = {}
    if os.geteuid() == 0:
        os.chown(target, 1234, 4321)
    before = target.stat()
    write_atomically(target, write_new)
    after = target.stat()
    assert target.read_bytes() == b"new"
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode, before.st_uid, before.st_gid,
    )  # fmt: skip
    assert {name: os.getxattr(target, name) for name in attributes} == attributes
