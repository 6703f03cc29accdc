"""Denoising images of any size: tile by tile, in bounded memory, whatever fails on the way."""

from typing import TYPE_CHECKING

from scratch_layers.lazy import lazy_names

if TYPE_CHECKING:
    from scratch_layers.inference.cost import (
        DEFAULT_MEMORY_BUDGET,
        bytes_per_pixel,
        choose_tile,
        tiles_bytes,
        window_bytes,
    )
    from scratch_layers.inference.failures import Fallback
    from scratch_layers.inference.mosaic import Levels, denoise_mosaic
    from scratch_layers.inference.run import (
        ImageSource,
        TileDone,
        TileEvent,
        denoise_image,
        denoise_source,
        denoise_tiles,
    )
    from scratch_layers.inference.tiles import (
        Rectangle,
        Tile,
        plan_tiles,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "cost": (
                "DEFAULT_MEMORY_BUDGET",
                "bytes_per_pixel",
                "choose_tile",
                "tiles_bytes",
                "window_bytes",
            ),
            "failures": ("Fallback",),
            "mosaic": ("Levels", "denoise_mosaic"),
            "run": (
                "ImageSource",
                "TileDone",
                "TileEvent",
                "denoise_image",
                "denoise_source",
                "denoise_tiles",
            ),
            "tiles": ("Rectangle", "Tile", "plan_tiles"),
        },
    )
