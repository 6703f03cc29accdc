"""The photo network that is measured."""

from __future__ import annotations

from desktop_app.services.models import model_store
from scratch_layers.models import Denoiser

SIGMA_255 = 25.0


def photo_denoiser(quick: bool = False) -> Denoiser:
    """Return the application's default model on the CPU; a quick run gets a very small network."""
    if quick:
        return Denoiser.create("photo-unet", {"widths": [4, 4], "blocks": 1})
    denoiser, _ = model_store.load(model_store.DEFAULT_MODEL, "cpu")
    return denoiser


def description(denoiser: Denoiser) -> str:
    """Return the network's shape in words, for a note."""
    configuration = sorted(denoiser.configuration.items(), reverse=True)
    words = [f"{name} {value}" for name, value in configuration]
    return f"{denoiser.architecture.name}: {', '.join(words)}"
