"""Models whose results are known beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest

SUBTRACTED = 10
"""What the model takes away from every sample, on the 0-255 scale."""


@pytest.fixture(scope="session")
def subtracting_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights file of a photo network that takes 10 of 255 away from every sample."""
    from scratch_layers.models import Denoiser, ModelCard, save_model

    denoiser = Denoiser.create("photo-unet", {"widths": [4, 4], "blocks": 1})
    for _, parameter in denoiser.network.named_parameters():
        parameter.value.zero_()
    _, last_bias = list(denoiser.network.named_parameters())[-1]
    last_bias.value.fill_(SUBTRACTED / 255)
    card = ModelCard(
        name="subtracting",
        title="Takes 10 away",
        description="For tests.",
        noise={"kind": "gaussian", "sigma_255": [0, 75]},
        measured={"CBSD68": {"25": {"psnr": 31.25, "ssim": 0.885}}},
    )
    path = tmp_path_factory.mktemp("models") / "subtracting.safetensors"
    save_model(path, denoiser, card)
    return path


@pytest.fixture(scope="session")
def models_for_raw_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model for mosaics, ``raw``, and one for developed pictures, ``camera``.

    Each takes a little light away everywhere.
    """
    from scratch_layers.models import Denoiser, ModelCard, save_model

    folder = tmp_path_factory.mktemp("pretrained")
    for name, kind, architecture in (
        ("camera", "camera", "photo-unet"),
        ("raw", "sensor", "mosaic-unet"),
    ):
        denoiser = Denoiser.create(architecture, {"widths": [4], "blocks": 1})
        parameters = [parameter for _, parameter in denoiser.network.named_parameters()]
        for parameter in parameters:
            parameter.value.zero_()
        parameters[-1].value.fill_(0.05)
        save_model(folder, denoiser, ModelCard(name=name, title=name, noise={"kind": kind}))
    return folder
