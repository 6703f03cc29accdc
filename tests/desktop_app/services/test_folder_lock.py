"""One program at a time fills a folder."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from desktop_app.services.errors import WriteError
from desktop_app.services.folder_lock import LOCK_FILE, FolderInUseError, FolderLock, FolderLocks


def test_a_second_one_is_refused_until_the_first_is_done(tmp_path: Path) -> None:
    words = "is in use: a training is under way"
    with FolderLock(tmp_path, "a training"), pytest.raises(FolderInUseError, match=words):
        FolderLock(tmp_path, "a training")
    FolderLock(tmp_path, "a batch").release()
    assert list(tmp_path.iterdir()) == []


def _hold(folder: Path, ready: object) -> None:
    lock = FolderLock(folder, "a training")
    ready.set()  # type: ignore[attr-defined]
    signal.pause()
    lock.release()


@pytest.mark.skipif(not hasattr(signal, "pause"), reason="needs POSIX signals")
def test_a_killed_holder_leaves_no_lock(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    holder = context.Process(target=_hold, args=(tmp_path, ready))
    holder.start()
    assert ready.wait(30)
    with pytest.raises(FolderInUseError):
        FolderLock(tmp_path, "a training")
    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    assert (tmp_path / LOCK_FILE).exists()
    FolderLock(tmp_path, "a training").release()
    assert not (tmp_path / LOCK_FILE).exists()


def test_a_folder_that_was_made_again_is_locked_again(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    with FolderLock(folder, "a training") as lock:
        (folder / LOCK_FILE).unlink()
        folder.rmdir()
        folder.mkdir()
        lock.renew()
        with pytest.raises(FolderInUseError):
            FolderLock(folder, "a training")


def test_a_lock_that_is_forgotten_is_let_go(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path, "a training")
    del lock
    FolderLock(tmp_path, "a training").release()


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="the folder does not exist"):
        FolderLock(tmp_path / "no", "a training")


def test_the_folders_of_a_batch_are_locked_together(tmp_path: Path) -> None:
    with FolderLocks("a batch") as locks:
        locks.take(tmp_path)
        locks.take(tmp_path)
        with FolderLocks("a batch") as others, pytest.raises(FolderInUseError, match="a batch"):
            others.take(tmp_path)
    assert list(tmp_path.iterdir()) == []
