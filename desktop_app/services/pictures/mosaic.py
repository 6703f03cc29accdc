"""What the sensor of a camera saw, before colours are made of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.services.pictures.development import Development

if TYPE_CHECKING:
    from desktop_app.services.pictures.files.tiff_directory import Directory

_LARGEST = 0xFFFF
_NEARLY_WHITE = 0.95
_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class Mosaic:
    """The samples of a Bayer sensor inside its margins, as the sensor lies.

    Light in [0, 1] is ``(samples - black) / (white - least black)``, with the black of each place.

    Attributes:
        samples: ``uint16`` (H, W), one colour a place.
        black: the samples without light at the four places of the arrangement, row by row.
        white: the sample at which the sensor clips.
        arrangement: colours of the upper left 2 x 2 places, row by row, such as ``"RGGB"``.
        white_balance: factors for red, green and blue that make white white; green has 1.
        orientation: the EXIF number that turns the picture upright, 1 to 8.
        crop: left, top, width and height of what the camera's maker shows of it, or None.
        colour_tags: tags of DNG that describe the sensor's colours, or None.
        development: how the picture of it was made.
        dark_variance: of red, green and blue pixels that no light reaches, in samples squared;
            None where the file holds none.
    """

    samples: NDArray[np.uint16]
    black: tuple[int, ...]
    white: int
    arrangement: str
    white_balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    orientation: int = 1
    crop: tuple[int, int, int, int] | None = None
    colour_tags: Directory | None = None
    development: Development = field(default_factory=Development)
    dark_variance: tuple[float, float, float] | None = None

    @property
    def read_noise(self) -> tuple[float, float, float] | None:
        """The variance of light in the dark of red, green and blue, where it is known."""
        if self.dark_variance is None:
            return None
        red, green, blue = (variance / self.span**2 for variance in self.dark_variance)
        return red, green, blue

    @property
    def span(self) -> int:
        """The samples between black and white."""
        return self.white - min(self.black)

    @property
    def brightest(self) -> int:
        """The largest difference of a sample from the black of its place."""
        return max(
            int(self.samples[place].max(initial=0)) - level for place, level in self._places()
        )

    def linear(self) -> NDArray[np.float32]:
        """Return light (H, W), white as 1; noise in the dark is negative in part."""
        values = self.samples.astype(np.float32)
        for place, black in self._places():
            values[place] -= black
        values /= self.span
        return values

    def with_linear(self, linear: NDArray[Any]) -> Mosaic:
        """Return a mosaic of other light, in the steps of :meth:`finer`.

        Args:
            linear: (H, W) as :meth:`linear` gives it; what is too dark or bright is clipped.
        """
        finer = self.finer()
        for place, level in finer._places():
            values = np.rint(linear[place] * np.float32(finer.span)) + level
            finer.samples[place] = values.clip(0, _LARGEST)
        return finer

    def finer(self) -> Mosaic:
        """Return an empty mosaic with steps as fine as 16 bits allow, to be filled.

        All levels are multiplied by one power of two, so that black and white stay whole numbers.
        """
        highest = max(self.white, int(self.samples.max(initial=0)))
        scale = 1 << max(16 - highest.bit_length(), 0)
        black = tuple(scale * level for level in self.black)
        samples, white = np.empty_like(self.samples), scale * self.white
        return replace(self, samples=samples, black=black, white=white, dark_variance=None)

    def mixed(self, other: Mosaic, share: float) -> Mosaic:
        """Return ``(1 - share) * self + share * other``, with the levels of the finer one."""
        if share == 1:
            return other
        light = self.linear()
        light += share * (other.linear() - light)
        return other.with_linear(light)

    def on_levels(self, black: tuple[int, ...]) -> NDArray[np.uint16]:
        """Return the samples moved to other levels of black, with the same span."""
        moved = np.empty_like(self.samples)
        for (place, own), other in zip(self._places(), black, strict=True):
            moved[place] = (self.samples[place].astype(np.int32) + (other - own)).clip(0, _LARGEST)
        return moved

    def gray_world(self) -> tuple[float, float, float]:
        """Return the white balance that makes the mean of what is not clipped gray.

        Source: Buchsbaum, "A spatial processor model for object colour perception" (1980).
        """
        height, width = (extent // 2 * 2 for extent in self.samples.shape)
        sums, limit = np.zeros(4), min(self.black) + _NEARLY_WHITE * self.span
        for top in range(0, height, _ROWS_AT_ONCE):
            rows = self.samples[top : min(top + _ROWS_AT_ONCE, height), :width]
            quads = np.stack([rows[y::2, x::2] for y in (0, 1) for x in (0, 1)])
            sums += (quads - np.array(self.black)[:, None, None]).sum(
                axis=(1, 2), where=(quads < limit).all(axis=0)
            )
        means = [
            np.mean([sums[i] for i in range(4) if self.arrangement[i] == colour])
            for colour in "RGB"
        ]
        if min(means) <= 0:
            return self.white_balance
        red, green, blue = means
        return float(green / red), 1.0, float(green / blue)

    def _places(self) -> list[tuple[tuple[slice, slice], int]]:
        steps = [(slice(y, None, 2), slice(x, None, 2)) for y in (0, 1) for x in (0, 1)]
        return list(zip(steps, self.black, strict=True))
