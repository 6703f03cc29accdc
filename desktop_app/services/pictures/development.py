"""How a person wants the RAW file of a camera to be developed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from desktop_app.services.errors import AppError

WhiteBalance: TypeAlias = Literal["camera", "auto"]
Highlights: TypeAlias = Literal["clip", "blend"]

WHITE_BALANCES: tuple[WhiteBalance, ...] = ("camera", "auto")
HIGHLIGHTS: tuple[Highlights, ...] = ("clip", "blend")
MOST_STOPS = 4.0
"""How far the exposure can be changed, up and down."""


@dataclass(frozen=True)
class Development:
    """A person's choices for making a picture of what the sensor saw.

    Attributes:
        white_balance: the camera's, or that which makes the picture gray on average.
        exposure: change of brightness in stops: light is multiplied by 2 to this power.
        highlights: whether colours that the sensor could not tell any more become white, or are
            mixed from the channels that it could.
        half_size: whether each 2 x 2 places make one pixel, which is fast.
    """

    white_balance: WhiteBalance = "camera"
    exposure: float = 0.0
    highlights: Highlights = "clip"
    half_size: bool = False

    def __post_init__(self) -> None:
        if not -MOST_STOPS <= self.exposure <= MOST_STOPS:
            raise AppError(
                f"The exposure must lie between {-MOST_STOPS:g} and {MOST_STOPS:g} stops, "
                f"not {self.exposure:g}."
            )
