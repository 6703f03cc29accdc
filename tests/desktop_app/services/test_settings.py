"""Settings survive a restart, and a damaged file never stops the application."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
from pathlib import Path

import pytest

from desktop_app.services import settings as settings_module
from desktop_app.services.folder_lock import FolderInUseError, FolderLock
from desktop_app.services.settings import (
    MOST_RECENT_FILES,
    Settings,
    load_settings,
    save_settings,
    settings_path,
)
from tests.faults import failing_disk


def test_what_is_saved_is_loaded(tmp_path):
    path = tmp_path / "made" / "settings.json"
    settings = Settings(theme="dark", scale=1.5, recent_files=("/a.png", "/b ü.png"))
    save_settings(settings, path)
    assert load_settings(path) == (settings, None)
    assert [file.name for file in path.parent.iterdir()] == ["settings.json"]


def test_without_a_file_there_are_defaults_and_no_complaint(tmp_path):
    assert load_settings(tmp_path / "none.json") == (Settings(), None)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"null"])
def test_a_damaged_file_gives_defaults_and_a_sentence(tmp_path, content):
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    settings, complaint = load_settings(path)
    assert settings == Settings()
    assert str(path) in complaint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "pink"),
        ("theme", 3),
        ("scale", 17),
        ("device", None),
        ("memory_budget_mb", -1),
        ("memory_budget_mb", True),
        ("name_pattern", "always the same"),
        ("name_pattern", "../{name}"),
        ("recent_files", "text"),
    ],
)
def test_one_bad_value_takes_its_default_and_spares_the_others(tmp_path, name, value):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"training_folder": "/photos", name: value, "unknown": 1}))
    settings, _ = load_settings(path)
    assert settings == dataclasses.replace(Settings(), training_folder="/photos")


@pytest.mark.parametrize(
    ("stored", "model"),
    [
        ({"model": "photo", "theme": "dark"}, "auto"),
        ({"model": "miniproject", "theme": "dark"}, "miniproject"),
        ({"model": "photo", "theme": "dark", "quality": "fast"}, "photo"),
    ],
)
def test_the_default_model_of_the_first_version_was_nobodys_choice(tmp_path, stored, model):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(stored))
    settings, complaint = load_settings(path)
    assert (settings.model, settings.theme, complaint) == (model, "dark", None)


def test_recent_files_keep_the_latest_first_without_repeats():
    settings = Settings()
    for number in [*range(MOST_RECENT_FILES + 3), 5]:
        settings = settings.with_recent(Path(f"/{number}.png"))
    assert settings.recent_files[0] == str(Path("/5.png"))
    assert len(settings.recent_files) == len(set(settings.recent_files)) == MOST_RECENT_FILES


def test_the_settings_lie_in_the_users_own_folder(private_user_folders):
    assert private_user_folders in settings_path().parents


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe", b"9" * 5000])
def test_text_that_no_parser_can_read_starts_anew(tmp_path, content):
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    settings, complaint = load_settings(path)
    assert settings == Settings()
    assert complaint is not None
    assert complaint.endswith(".")


def test_names_of_files_that_are_not_text_survive(tmp_path):
    odd = Path(os.fsdecode(b"/photos/caf\xe9.png"))
    save_settings(Settings().with_recent(odd), tmp_path / "settings.json")
    settings, complaint = load_settings(tmp_path / "settings.json")
    assert complaint is None
    assert settings.recent_files == (str(odd),)


@pytest.mark.parametrize(
    ("error_number", "words"),
    [(errno.EACCES, "permission was denied"), (errno.ESTALE, "the network drive is gone")],
)
def test_settings_that_cannot_be_read_are_explained(tmp_path, error_number, words):
    path = tmp_path / "settings.json"
    save_settings(Settings(theme="dark"), path)
    with failing_disk(tmp_path, error_number, 0, reads=True):
        settings, complaint = load_settings(path)
    assert settings == Settings()
    assert complaint == f"The settings in {path} could not be read and start anew: {words}."


def test_two_windows_keep_each_others_changes(tmp_path):
    path = tmp_path / "settings.json"
    start = Settings(theme="dark").with_recent(Path("/old.png"))
    save_settings(start, path)
    first = dataclasses.replace(start, scale=1.5).with_recent(Path("/first.png"))
    second = dataclasses.replace(start, model="camera").with_recent(Path("/second.png"))
    save_settings(first, path, start)
    save_settings(second, path, start)
    together, _ = load_settings(path)
    assert (together.theme, together.scale, together.model) == ("dark", 1.5, "camera")
    assert set(together.recent_files) == {"/old.png", "/first.png", "/second.png"}
    save_settings(dataclasses.replace(second, recent_files=()), path, second)
    assert load_settings(path)[0].recent_files == ()


def test_a_second_writer_waits_and_is_then_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(settings_module, "_LONGEST_WAIT", 0.05)
    path = tmp_path / "settings.json"
    with FolderLock(tmp_path, "saving of settings"), pytest.raises(FolderInUseError):
        save_settings(Settings(theme="dark"), path)
    assert not path.exists()
