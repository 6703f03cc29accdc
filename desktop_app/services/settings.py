"""What the application remembers between two starts, as JSON in the platform's place."""

from __future__ import annotations

import dataclasses
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from desktop_app.services.atomic_files import write_atomically
from desktop_app.services.errors import system_reason
from desktop_app.services.folder_lock import FolderInUseError, FolderLock
from desktop_app.services.models.model_store import AUTOMATIC, QUALITIES

APPLICATION_NAME = "scratch-denoiser"
THEMES = ("system", "light", "dark", "high-contrast")
TEXT_SCALES = (1.0, 1.15, 1.3, 1.5, 1.75, 2.0)
SCALES = (0.0, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
MOST_RECENT_FILES = 10
_LONGEST_WAIT = 1.0
_MODEL_OF_0_1_0 = "photo"


@dataclass(frozen=True)
class Settings:
    """Every setting, with the value it has before anybody changes it.

    Attributes:
        theme: ``system``, ``light``, ``dark`` or ``high-contrast``.
        scale: size of the interface; 0 takes the screen's own.
        text_scale: size of the texts in it, beside that.
        device: where networks run: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
        model: name or path of the model used at the start, or ``auto``.
        quality: ``fast``, or ``best`` in four to eleven times the time.
        name_pattern: name proposed for a denoised file; ``{name}`` is the source's.
        memory_budget_mb: memory that one denoising may take beyond the picture; 0 takes 60 % of
            what is free, and 512 MB at least.
        recent_files: paths of the files opened last, latest first.
        window_geometry: size and place of the window, in Tk's words; empty for the default.
        training_folder: folder of photos used by the last training.
        open_parts: titles of the parts of the window that are unfolded.
        deep_results: whether results have 16 bits where the format holds them, else are dithered.
        keep_dates: whether results get the dates of their sources.
        hot_pixels: whether hot pixels are replaced before denoising.
        preview: whether what is in view is denoised without being asked for.
        folders: where files were chosen last, by the purpose for which they were.
    """

    theme: str = "system"
    scale: float = 0.0
    text_scale: float = 1.0
    device: str = "auto"
    model: str = AUTOMATIC
    quality: str = "fast"
    name_pattern: str = "{name}_denoised"
    memory_budget_mb: int = 0
    recent_files: tuple[str, ...] = ()
    window_geometry: str = ""
    training_folder: str = ""
    open_parts: tuple[str, ...] = ()
    preview: bool = True
    deep_results: bool = False
    keep_dates: bool = False
    hot_pixels: bool = False
    folders: dict[str, str] = field(default_factory=dict)

    def with_recent(self, path: Path) -> Settings:
        """Return the settings with ``path`` as the file opened last."""
        others = tuple(other for other in self.recent_files if other != str(path))
        return dataclasses.replace(self, recent_files=(str(path), *others)[:MOST_RECENT_FILES])


def settings_path() -> Path:
    """Return where the settings of this user lie."""
    return user_config_path(APPLICATION_NAME, appauthor=False) / "settings.json"


def load_settings(path: Path) -> tuple[Settings, str | None]:
    """Read settings; whatever is missing or cannot be used gets its default.

    Returns:
        The settings, and a sentence about what was wrong with the file, or ``None``.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings(), None
    except OSError as error:
        return Settings(), _start_anew(path, system_reason(error))
    except (ValueError, RecursionError):
        return Settings(), _start_anew(path, "they are no JSON")
    if not isinstance(stored, dict):
        return Settings(), f"The settings in {path} are not a JSON object and start anew."
    usable = {name: value for name, value in _parsed(stored).items() if is_valid(name, value)}
    return Settings(**usable), None


def _start_anew(path: Path, reason: str) -> str:
    return f"The settings in {path} could not be read and start anew: {reason}."


def save_settings(settings: Settings, path: Path, former: Settings | None = None) -> None:
    """Write settings; a reader finds the old ones or the new.

    Args:
        settings: what to write.
        path: the file; its folder is made if need be.
        former: what was loaded or written last. Only what has changed since is written, so that
            two windows do not take back each other's changes. None writes everything.

    Raises:
        OSError: the folder cannot be made.
        FolderInUseError: another program holds the file for too long.
        WriteError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path.parent):
        text = json.dumps(
            dataclasses.asdict(_merged(settings, path, former)), indent=2, ensure_ascii=False
        )
        # Names of files need not be text; what they hold instead has an escape in JSON.
        content = (text + "\n").encode("utf-8", "backslashreplace")
        write_atomically(path, lambda file: file.write(content))


def _merged(settings: Settings, path: Path, former: Settings | None) -> Settings:
    if former is None or not path.exists():
        return settings
    stored, complaint = load_settings(path)
    if complaint is not None:
        return settings
    changes = {
        name: value for name, value in vars(settings).items() if value != getattr(former, name)
    }
    if changes.get("recent_files"):
        own = settings.recent_files
        others = tuple(other for other in stored.recent_files if other not in own)
        changes["recent_files"] = (*own, *others)[:MOST_RECENT_FILES]
    return dataclasses.replace(stored, **changes)


def _locked(folder: Path) -> FolderLock:
    deadline = time.monotonic() + _LONGEST_WAIT
    while True:
        try:
            return FolderLock(folder, "saving of settings")
        except FolderInUseError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _parsed(stored: dict[str, Any]) -> dict[str, Any]:
    values = {
        field.name: stored[field.name]
        for field in dataclasses.fields(Settings)
        if field.name in stored
    }
    # Version 0.1.0, without a choice of quality, wrote its default model though nobody chose it.
    if "quality" not in stored and values.get("model") == _MODEL_OF_0_1_0:
        del values["model"]
    for name in ("recent_files", "open_parts"):
        if isinstance(listed := values.get(name), list):
            texts = (text for text in listed if isinstance(text, str))
            values[name] = tuple(texts)[:MOST_RECENT_FILES]
    for name in ("scale", "text_scale"):
        if isinstance(values.get(name), int):
            values[name] = float(values[name])
    return values


def is_valid(name: str, value: Any) -> bool:
    """Return whether the setting ``name`` can have this value."""
    if type(value) is not type(getattr(Settings(), name)):
        return False
    if name == "theme":
        return value in THEMES
    if name == "scale":
        return value in SCALES
    if name == "quality":
        return value in QUALITIES
    if name == "folders":
        return all(isinstance(folder, str) for folder in value.values())
    if name == "text_scale":
        return value in TEXT_SCALES
    if name == "memory_budget_mb":
        return bool(value == 0 or 64 <= value <= 1_000_000)
    if name == "name_pattern":
        return "{name}" in value and not set(value) & set('/\\:*?"<>|')
    return True
