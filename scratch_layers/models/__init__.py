"""Networks, the registry that names them, and the model files they are stored in."""

from scratch_layers.models.card import ModelCard, load_model, read_card, save_model
from scratch_layers.models.cost import multiply_adds_per_pixel, parameter_count
from scratch_layers.models.denoiser import Denoiser
from scratch_layers.models.miniproject import miniproject_network
from scratch_layers.models.model import Model
from scratch_layers.models.paper import paper_network
from scratch_layers.models.photo_unet import photo_unet
from scratch_layers.models.plain import plain_network
from scratch_layers.models.pretrained import pretrained_model
from scratch_layers.models.registry import (
    ARCHITECTURES,
    Architecture,
    architecture,
    build_network,
)

__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "Denoiser",
    "Model",
    "ModelCard",
    "architecture",
    "build_network",
    "load_model",
    "miniproject_network",
    "multiply_adds_per_pixel",
    "paper_network",
    "parameter_count",
    "photo_unet",
    "plain_network",
    "pretrained_model",
    "read_card",
    "save_model",
]
