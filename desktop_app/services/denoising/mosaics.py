"""A RAW picture that is denoised where its noise was made: in the mosaic, before development."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from desktop_app.services.denoising.events import Notice
from desktop_app.services.denoising.mosaic_parts import MosaicParts
from desktop_app.services.denoising.tiles import choose_tile_within
from desktop_app.services.errors import PictureError
from desktop_app.services.models.model_choice import LoadedModel
from desktop_app.services.pictures import Picture, develop
from desktop_app.services.pictures.files.raw_development import developed_size
from scratch_layers.data.camera.mosaic import first_red
from scratch_layers.data.camera.sensor import SensorNoise
from scratch_layers.inference import Levels, denoise_mosaic
from scratch_layers.noise_analysis import measure_sensor_noise

if TYPE_CHECKING:
    from scratch_layers.inference import TileEvent

_BYTES_OF_RESULT = 6
"""What a developed pixel takes."""

_BYTES_OF_DEVELOPMENT = 23
"""What a pixel takes while LibRaw develops it, with the clean mosaic; measured."""


class MosaicPicture:
    """Gives a picture's mosaic to the network and develops what comes back.

    Args:
        picture: the source; excerpts will do.
        model: one for mosaics.
        strength: how much of the noise to remove, 0-1.
        times: the noise to remove, as a multiple of the standard deviation that is measured.
        begun: parts from earlier work, which are shown until the end if they were made alike.

    Attributes:
        parts: those that may be gone on with; None where there are none.
        result: what the picture becomes; its samples are those of the parts at first.

    Raises:
        PictureError: the picture has no mosaic.
    """

    def __init__(
        self,
        picture: Picture,
        model: LoadedModel,
        strength: float,
        times: float = 1.0,
        begun: object = None,
    ) -> None:
        if picture.mosaic is None or picture.metadata.path is None:
            raise PictureError(
                f"The model {model.name} is for what the Bayer sensors of cameras saw, as RAW "
                "files hold it; choose another model for this picture."
            )
        self._picture, self._path = picture, picture.metadata.path
        self._mosaic, self._model = picture.mosaic, model
        self._strength, self._times = strength, times
        self._clean = self._mosaic
        self._made_by = model.denoiser, times, strength
        is_alike = isinstance(begun, MosaicParts) and begun.made_by == self._made_by
        self.parts = begun if isinstance(begun, MosaicParts) and is_alike else None
        self.result = picture
        if self.parts is not None:
            self.result = replace(picture, samples=self.parts.result.samples)
        elif not picture.excerpts:
            self.result = replace(picture, samples=picture.samples.copy())

    def begin_parts(self) -> MosaicParts:
        """Return what denoises parts of the picture alone."""
        if self.parts is None:
            self.parts = MosaicParts(
                self._picture, self._model.denoiser, self._noise(), self._strength, self._made_by
            )
        return self.parts

    def steps(
        self, tile: int | None, memory_budget_mb: int, cancelled: Callable[[], bool] | None
    ) -> Generator[TileEvent | Notice, None, None]:
        """Denoise the mosaic, tile by tile.

        Args:
            tile, memory_budget_mb: as for :class:`DenoisingOptions`.
            cancelled: asked often.
        """
        mosaic, noise = self._mosaic, self._noise()
        height, width = mosaic.samples.shape
        developed_height, developed_width = developed_size(mosaic)
        developed_bytes = _BYTES_OF_RESULT * developed_height * developed_width
        denoiser = self._model.denoiser
        size: int | tuple[int, int] | None = tile
        if size is None:
            above, left = first_red(mosaic.arrangement)
            size, shortage = choose_tile_within(
                memory_budget_mb,
                developed_bytes + mosaic.samples.nbytes,
                denoiser,
                (height + above, width + left),
                afterwards=developed_bytes + _BYTES_OF_DEVELOPMENT * height * width,
            )
            if shortage is not None:
                yield Notice(shortage)
        self._clean = clean = mosaic.finer()
        yield from denoise_mosaic(
            denoiser,
            torch.from_numpy(mosaic.samples),
            mosaic.arrangement,
            mosaic.white_balance,
            noise,
            torch.from_numpy(clean.samples),
            strength=self._strength,
            levels=(Levels(mosaic.black, mosaic.span), Levels(clean.black, clean.span)),
            tile=size,
            cancelled=cancelled,
        )

    def _noise(self) -> SensorNoise:
        """Measure the noise that is to be removed."""
        mosaic = self._mosaic
        light = torch.from_numpy(mosaic.linear())
        noise = measure_sensor_noise(light, mosaic.arrangement, mosaic.read_noise)
        return _multiplied(noise, self._times**2)

    def develop(self) -> Picture:
        """Return the development of the clean mosaic; ``result``, if whole, gets its samples."""
        clean = self._clean
        samples = develop(self._path, clean).samples
        if not self.result.excerpts:
            np.copyto(self.result.samples, samples)
            samples = self.result.samples
        self.result = replace(self.result, samples=samples, mosaic=clean, excerpts=0)
        return self.result


def _multiplied(noise: SensorNoise, factor: float) -> SensorNoise:
    """Return noise of ``factor`` times the variance."""
    red, green, blue = (factor * value for value in noise.shot)
    dark_red, dark_green, dark_blue = (factor * value for value in noise.read)
    return SensorNoise((red, green, blue), (dark_red, dark_green, dark_blue))
