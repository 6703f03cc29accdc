"""Where the files that ship with the application lie: icons, the sample picture, the models.

A checkout keeps them at its top level (``assets/``, ``pretrained/``); the wheel carries copies
inside the package (``desktop_app/_assets/``, ``desktop_app/_pretrained/``).
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def assets_folder() -> Path:
    """Folder with the icons and the sample picture.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    return _shipped_folder("assets")


def pretrained_folder() -> Path:
    """Folder with the models that ship with the application, ``NAME.safetensors`` + ``NAME.json``.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    return _shipped_folder("pretrained")


def layer_page(kind: str) -> Path:
    """Page of a layer in the documentation, where ``make docs`` has built it."""
    root = Path(__file__).resolve().parents[2]
    return root / "docs" / "_build" / "html" / "generated" / f"scratch_layers.{kind}.html"


def sample_picture() -> Path:
    """The clean photo that people can try the application on.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    return assets_folder() / "sample.jpg"


def icon(size: int = 256) -> Path:
    """The application's icon as a PNG file of ``size`` pixels: 16, 24, 32, 48, 64, 128, 256, 512.

    Raises:
        FileNotFoundError: the installation is incomplete or there is no icon of that size.
    """
    path = assets_folder() / "icons" / f"icon-{size}.png"
    if not path.is_file():
        raise FileNotFoundError(f"There is no icon {path.name} in {path.parent}.")
    return path


def _shipped_folder(name: str) -> Path:
    for folder in (_PACKAGE / f"_{name}", _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(
        f"The folder {name} is missing from this installation in {_PACKAGE}; "
        "install scratch-denoiser again."
    )
