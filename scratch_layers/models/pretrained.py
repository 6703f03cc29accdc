"""Where the models that ship with the project lie."""

from __future__ import annotations

from pathlib import Path

from scratch_layers.errors import WeightsError

_TOP = Path(__file__).resolve().parents[2]
# A checkout holds the models beside the packages, an installed wheel inside the application.
_FOLDERS = (_TOP / "pretrained", _TOP / "desktop_app" / "_pretrained")


def pretrained_model(name: str) -> Path:
    """Return the weights file of the shipped model ``name``.

    Raises:
        WeightsError: this installation has no such model.
    """
    for folder in _FOLDERS:
        path = folder / f"{name}.safetensors"
        if path.is_file():
            return path
    raise WeightsError(
        f"This installation has no pretrained model '{name}'; it was looked for in "
        f"{' and '.join(str(folder) for folder in _FOLDERS)}."
    )
