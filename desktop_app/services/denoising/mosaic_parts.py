"""A RAW picture of which only what is looked at is denoised, in its mosaic, and developed."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from desktop_app.services.denoising.done_parts import DoneParts
from desktop_app.services.denoising.events import PartDone
from desktop_app.services.pictures import Picture
from desktop_app.services.pictures.files.raw_development import develop_part, part_for
from desktop_app.services.pictures.mosaic import Mosaic
from scratch_layers.data.camera.sensor import SensorNoise
from scratch_layers.inference import Levels, Rectangle, Tile, TileDone, denoise_mosaic
from scratch_layers.models import Denoiser

if TYPE_CHECKING:
    from scratch_layers.inference import Fallback

_CELL = 64


class MosaicParts:
    """Denoises windows of a mosaic with all that network and interpolation look at around them.

    What comes out is what the whole would be there, but for rounding; an automatic white balance
    goes by the noisy mosaic, and may differ a little.

    Args:
        picture: one with a mosaic.
        denoiser: of mosaics.
        noise: of the whole mosaic, to be removed.
        strength: how much of it, 0-1.
        made_by: work can go on with the same only.

    Attributes:
        made_by: as it was given.
        result: the picture with what is clean so far.
        done: which parts are clean.
    """

    def __init__(
        self,
        picture: Picture,
        denoiser: Denoiser,
        noise: SensorNoise,
        strength: float,
        made_by: object,
    ) -> None:
        assert picture.mosaic is not None
        self.made_by = made_by
        self.result = replace(picture, samples=picture.samples.copy(), mosaic=None)
        self._mosaic: Mosaic = picture.mosaic
        self._denoiser, self._noise, self._strength = denoiser, noise, strength
        is_automatic = self._mosaic.development.white_balance == "auto"
        self._gray = self._mosaic.gray_world() if is_automatic else None
        self.done = DoneParts(picture.height, picture.width, _CELL)

    def steps(
        self, part: Rectangle, largest: int, cancelled: Callable[[], bool] | None
    ) -> Generator[PartDone | Fallback, None, None]:
        """Denoise what is missing of a part, from its middle on.

        Args:
            part: top, left, bottom, right in the picture.
            largest: side of the largest tile.
            cancelled: asked often.
        """
        for tile in self.done.missing_in(part, (largest, largest)):
            yield from self._tile(tile, cancelled)
            self.done.add(tile)
            yield PartDone(self.done.share, tile.top, tile.left, tile.bottom, tile.right)

    def _tile(
        self, tile: Tile, cancelled: Callable[[], bool] | None
    ) -> Generator[Fallback, None, None]:
        place = tile.top, tile.left, tile.bottom, tile.right
        part = part_for(self._mosaic, place)
        top, left, bottom, right = part.outer
        halo = -(-self._denoiser.halo // 2) * 2
        above, before = max(top - halo, 0), max(left - halo, 0)
        seen = self._cut((above, before, bottom + halo, right + halo))
        clean = seen.finer()
        steps = denoise_mosaic(
            self._denoiser,
            torch.from_numpy(seen.samples),
            seen.arrangement,
            seen.white_balance,
            self._noise,
            torch.from_numpy(clean.samples),
            strength=self._strength,
            levels=(Levels(seen.black, seen.span), Levels(clean.black, clean.span)),
            tile=max(seen.samples.shape),
            cancelled=cancelled,
        )
        for step in steps:
            if not isinstance(step, TileDone):
                yield step
        inside = clean.samples[top - above : bottom - above, left - before : right - before]
        samples = develop_part(replace(clean, samples=inside), part, self._gray)
        self.result.samples[tile.top : tile.bottom, tile.left : tile.right] = samples

    def _cut(self, place: Rectangle) -> Mosaic:
        top, left, bottom, right = place
        samples = self._mosaic.samples[top:bottom, left:right].copy()
        return replace(self._mosaic, samples=samples)
