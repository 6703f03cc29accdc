"""Denoising the mosaic of a sensor, before colours are made from it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from scratch_layers.data.camera.mosaic import first_red
from scratch_layers.data.camera.sensor import SensorNoise
from scratch_layers.errors import ArgumentError, ArgumentTypeError, ShapeError
from scratch_layers.inference.cost import DEFAULT_MEMORY_BUDGET
from scratch_layers.inference.run import TileDone, TileEvent, denoise_source
from scratch_layers.inference.tiles import Rectangle, Tile
from scratch_layers.models.denoiser import Denoiser
from scratch_layers.models.network_input import reflected_window
from scratch_layers.stabilisation import Stabilisation

# Values are rounded to whole levels, of which a sensor has 1,000 at least.
_WHITE = 1 - 1e-3
_MOST_OF_NINE = 5
_MOST_OF_16_BITS = 0xFFFF
_ROWS_AT_ONCE = 256
_CLEAN_LEVEL = 1.9 / 255


@dataclass(frozen=True)
class Levels:
    """What whole numbers say of light: ``black + span * x`` for the linear x.

    Attributes:
        black: of the upper left 2 x 2 places, row by row.
        span: from the least of them to white.
    """

    black: tuple[int, ...]
    span: int


def denoise_mosaic(
    denoiser: Denoiser,
    mosaic: Tensor,
    arrangement: str,
    gains: tuple[float, float, float],
    noise: SensorNoise,
    output: Tensor,
    strength: float = 1.0,
    levels: tuple[Levels, Levels] | None = None,
    tile: int | tuple[int, int] | None = None,
    visible_first: Rectangle | None = None,
    memory_budget_bytes: int = DEFAULT_MEMORY_BUDGET,
    cancelled: Callable[[], bool] | None = None,
) -> Generator[TileEvent, None, None]:
    """Denoise a Bayer mosaic into ``output``, one tile for every :class:`TileDone`.

    Every arrangement of the filter becomes RGGB by one more row or column of reflection above or
    left, as needed; each tile is stabilised, denoised and taken back to linear light, see
    :class:`~scratch_layers.stabilisation.Stabilisation`. Where at least half of a pixel's nine
    neighbours of its own colour, itself among them, are at white, the light was too: noise clips
    half of the values there. Such pixels keep their value; no other gets above white.

    Noise of a :attr:`~scratch_layers.data.camera.sensor.SensorNoise.level` below 1.9 of 255 is left
    as it is: the photos that networks learn from hold as much, and are taken for clean.

    Args:
        denoiser: of an architecture with one channel, such as "mosaic-unet".
        mosaic: (H, W), linear: black 0, white 1, noise may lie below black; or ``uint16``, which
            takes half the memory.
        arrangement: the first two colours of the first two rows: RGGB, GRBG, GBRG or BGGR.
        gains: white balance of red, green and blue; only their ratios count.
        noise: of the mosaic, such as :func:`~scratch_layers.noise_analysis.measure_sensor_noise`
            finds.
        output: (H, W) of the same type in memory of its own; receives the clean mosaic, linear.
        strength: how much of the noise to remove, 0-1.
        levels: of the mosaic and of the output, where they are ``uint16``.
        tile, visible_first, memory_budget_bytes, cancelled: as for
            :func:`~scratch_layers.inference.denoise_source`, in pixels of the mosaic.

    Raises:
        ShapeError, ArgumentError, ArgumentTypeError: an argument cannot be used; raised at once.
        CancelledError, MemoryShortageError, OutputError: as for
            :func:`~scratch_layers.inference.denoise_source`.
    """
    _check(denoiser, mosaic, output, gains, strength, levels)
    before = first_red(arrangement)
    own, wanted = levels or (None, None)
    light, result = _Light(mosaic, own), _Light(output, wanted)
    if noise.level < _CLEAN_LEVEL:
        return _copied(light, result)
    source = _MosaicSource(light, result, before, Stabilisation(noise, gains), strength)
    if visible_first is not None:
        visible_first = source.moved(visible_first)
    return denoise_source(
        denoiser, source, source.sigma, tile, visible_first, memory_budget_bytes, cancelled
    )


class _Light:
    """Linear light (H, W), kept as it is or as whole numbers."""

    def __init__(self, values: Tensor, levels: Levels | None) -> None:
        # Torch computes little with uint16; the same bits as int16 can be cut and copied.
        self._values = values if levels is None else values.view(torch.int16)
        self._levels = levels

    @property
    def shape(self) -> tuple[int, int]:
        height, width = self._values.shape
        return height, width

    def window(self, top: int, left: int, bottom: int, right: int) -> Tensor:
        """Return (1, 1, bottom - top, right - left), mirrored beyond the edges."""
        seen = reflected_window(self._values[None, None], top, left, bottom, right)
        if self._levels is None:
            return seen
        light = seen.to(torch.int32).bitwise_and_(_MOST_OF_16_BITS).to(torch.float32)
        for place, black in self._places(self._levels, top, left):
            light[..., place[0], place[1]] -= black
        return light.div_(self._levels.span)

    def put(self, top: int, left: int, light: Tensor) -> None:
        """Take (h, w) that begins at this row and column."""
        height, width = light.shape
        if self._levels is not None:
            light = light.mul(self._levels.span).round_()
            for place, black in self._places(self._levels, top, left):
                light[place] += black
            light = light.clamp_(0, _MOST_OF_16_BITS).to(torch.int32).to(torch.int16)
        self._values[top : top + height, left : left + width] = light

    @staticmethod
    def _places(levels: Levels, top: int, left: int) -> list[tuple[tuple[slice, slice], int]]:
        return [
            ((slice((y - top) % 2, None, 2), slice((x - left) % 2, None, 2)), black)
            for (y, x), black in zip(((0, 0), (0, 1), (1, 0), (1, 1)), levels.black, strict=True)
        ]


def _copied(mosaic: _Light, output: _Light) -> Generator[TileEvent, None, None]:
    height, width = mosaic.shape
    for top in range(0, height, _ROWS_AT_ONCE):
        bottom = min(top + _ROWS_AT_ONCE, height)
        output.put(top, 0, mosaic.window(top, 0, bottom, width)[0, 0])
    yield TileDone(0, 1, 0, 0, height, width)


class _MosaicSource:
    """A mosaic that begins with red after at most one row and column more, and its result."""

    def __init__(
        self,
        mosaic: _Light,
        output: _Light,
        before: tuple[int, int],
        stabilisation: Stabilisation,
        strength: float,
    ) -> None:
        self._mosaic = mosaic
        self._output = output
        self._above, self._left = before
        self._stabilisation = stabilisation
        self._strength = strength

    @property
    def shape(self) -> tuple[int, int, int]:
        height, width = self._output.shape
        return 1, height + self._above, width + self._left

    def moved(self, rectangle: Rectangle) -> Rectangle:
        """Return a rectangle of the mosaic as one of the source."""
        top, left, bottom, right = rectangle
        return top + self._above, left + self._left, bottom + self._above, right + self._left

    def sigma(self, place: Tile) -> Tensor:
        return self._stabilisation.sigma_map(place.height, place.width)[None]

    def window(self, place: Tile) -> Tensor:
        return self._stabilisation.apply(self._seen(place))

    def put(self, place: Tile, clean: Tensor) -> None:
        light = self._stabilisation.undo(clean).clamp_(max=1)
        around = self._seen(place, margin=2)
        seen = around[..., 2:-2, 2:-2]
        light = torch.where(_is_clipped(around), seen, torch.lerp(seen, light, self._strength))
        above, left = max(self._above - place.top, 0), max(self._left - place.left, 0)
        top, first = place.top + above - self._above, place.left + left - self._left
        self._output.put(top, first, light[0, 0, above:, left:])

    def _seen(self, place: Tile, margin: int = 0) -> Tensor:
        top, left = place.top - self._above - margin, place.left - self._left - margin
        bottom, right = top + place.height + 2 * margin, left + place.width + 2 * margin
        return self._mosaic.window(top, left, bottom, right)


def _is_clipped(around: Tensor) -> Tensor:
    """Tell of each pixel of (1, 1, H + 4, W + 4) but the margin whether its surroundings are white.

    Returns:
        (1, 1, H, W).
    """
    white = (around >= _WHITE).to(torch.uint8)
    rows = white[..., :-4, :] + white[..., 2:-2, :] + white[..., 4:, :]
    return rows[..., :-4] + rows[..., 2:-2] + rows[..., 4:] >= _MOST_OF_NINE


def _check(
    denoiser: Denoiser,
    mosaic: Tensor,
    output: Tensor,
    gains: tuple[float, float, float],
    strength: float,
    levels: tuple[Levels, Levels] | None,
) -> None:
    if denoiser.architecture.channels != 1:
        raise ArgumentError(
            f"The network {denoiser.architecture.name} is for pictures; choose a model for the "
            "mosaics of sensors."
        )
    if mosaic.dim() != 2 or not mosaic.numel() or output.shape != mosaic.shape:
        raise ShapeError(
            f"A mosaic and its output have one shape (H, W) with at least one pixel, not "
            f"{tuple(mosaic.shape)} and {tuple(output.shape)}."
        )
    is_in_levels = levels is not None and mosaic.dtype == output.dtype == torch.uint16
    if not is_in_levels and (levels or not mosaic.is_floating_point()):
        raise ArgumentTypeError(
            "A mosaic and its output hold floating-point numbers, or with levels whole numbers of "
            f"16 bits without sign, not {mosaic.dtype} and {output.dtype}."
        )
    if output.data_ptr() == mosaic.data_ptr():
        raise ArgumentError("The output must not be the mosaic itself; give it its own memory.")
    if not all(0 < gain < float("inf") for gain in gains):
        raise ArgumentError(f"Gains of the white balance are positive numbers, not {gains}.")
    if not 0 <= strength <= 1:
        raise ArgumentError(f"The strength lies between 0 and 1, not at {strength:g}.")
