"""Denoising images of any size: tile by tile, in bounded memory, whatever fails on the way."""

from scratch_layers.inference.cost import (
    DEFAULT_MEMORY_BUDGET,
    bytes_per_pixel,
    choose_tile,
    window_bytes,
)
from scratch_layers.inference.failures import Fallback
from scratch_layers.inference.run import (
    ImageSource,
    TileDone,
    TileEvent,
    denoise_image,
    denoise_source,
    denoise_tiles,
)
from scratch_layers.inference.tiles import Rectangle, Tile, plan_tiles

__all__ = [
    "DEFAULT_MEMORY_BUDGET",
    "Fallback",
    "ImageSource",
    "Rectangle",
    "Tile",
    "TileDone",
    "TileEvent",
    "bytes_per_pixel",
    "choose_tile",
    "denoise_image",
    "denoise_source",
    "denoise_tiles",
    "plan_tiles",
    "window_bytes",
]
