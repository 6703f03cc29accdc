"""What denoising tells on its way, and its result; needs no torch."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from desktop_app.services.denoising.noise_found import NoiseFound

if TYPE_CHECKING:
    from desktop_app.services.denoising.mosaic_parts import MosaicParts
    from desktop_app.services.denoising.tiles import PictureTiles
    from desktop_app.services.pictures import Picture

Event = TypeVar("Event")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Begun:
    """The work begins.

    Attributes:
        result: what the picture becomes. Its samples are those of the source at first, and change
            part by part.
        tiles: what makes the parts; ``None`` where the picture has none, as a mosaic that is
            denoised as a whole.
    """

    result: Picture
    tiles: PictureTiles | MosaicParts | None = None


@dataclass(frozen=True)
class PartDone:
    """A part of the result is final.

    Attributes:
        fraction: how much of the picture is done, 0-1.
        top, left, bottom, right: the part, in pixels; empty where nothing is to be seen yet.
    """

    fraction: float
    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Notice:
    """Something went wrong without harming the result; the work goes on in another way."""

    sentence: str


DenoisingEvent: TypeAlias = Begun | PartDone | Notice


@dataclass(frozen=True)
class Denoised:
    """A denoised picture and how it came about.

    Attributes:
        picture: the result, with alpha and metadata of its source; noisy still where nothing else
            than a part was asked for.
        model: title of the model; empty where the picture was left as it is.
        noise: what the picture held.
        sigma_255: the level that was removed: what a person said, else what was measured; 0-255.
        told_sigma_255: what the network was told for it; more where channels share their noise.
        seconds: the time that the work took.
        sentence: what was found, and what was done about it.
        plain_sentence: the same without numbers.
        notices: what went wrong on the way without harming the result, one sentence each.
    """

    picture: Picture
    model: str
    noise: NoiseFound
    sigma_255: float
    told_sigma_255: float
    seconds: float
    sentence: str
    notices: tuple[str, ...] = ()
    plain_sentence: str = ""


class Steps(Generic[Event, Result]):
    """Iterates over a generator's events and keeps what it returns in the end.

    Attributes:
        result: what the generator returned; not there before its end.
    """

    result: Result

    def __init__(self, generator: Generator[Event, None, Result]) -> None:
        self._generator = generator

    def __iter__(self) -> Iterator[Event]:
        self.result = yield from self._generator


def finished(generator: Generator[Event, None, Result]) -> Result:
    """Let a generator run to its end; return its result."""
    steps = Steps(generator)
    for _ in steps:
        pass
    return steps.result
