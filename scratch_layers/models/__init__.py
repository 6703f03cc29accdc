"""Networks, the registry that names them, and the model files they are stored in."""

from typing import TYPE_CHECKING

from scratch_layers.lazy import lazy_names

if TYPE_CHECKING:
    from scratch_layers.models.card import ModelCard, read_card
    from scratch_layers.models.denoiser import Denoiser
    from scratch_layers.models.model import Model
    from scratch_layers.models.model_files import load_model, pretrained_model, save_model
    from scratch_layers.models.network_figures import (
        multiply_adds_per_pixel,
        parameter_count,
    )
    from scratch_layers.models.networks import (
        miniproject_network,
        paper_network,
        photo_unet,
        plain_network,
    )
    from scratch_layers.models.registry import (
        ARCHITECTURES,
        Architecture,
        architecture,
        build_network,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "card": ("ModelCard", "read_card"),
            "network_figures": ("multiply_adds_per_pixel", "parameter_count"),
            "denoiser": ("Denoiser",),
            "model": ("Model",),
            "model_files": ("load_model", "pretrained_model", "save_model"),
            "networks": ("miniproject_network", "paper_network", "photo_unet", "plain_network"),
            "registry": (
                "ARCHITECTURES",
                "Architecture",
                "architecture",
                "build_network",
            ),
        },
    )
