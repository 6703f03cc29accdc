"""One line of the soak's table: a figure, what it may be, and whether it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """What was measured.

    Attributes:
        name: what, in words.
        value: the figure.
        at_most: what it may be; ``None`` for figures that only inform.
        unit: of both.
        note: what else a reader should know.
    """

    name: str
    value: float
    at_most: float | None = None
    unit: str = ""
    note: str = ""

    @property
    def kept(self) -> bool:
        """Whether the figure is within its limit."""
        return self.at_most is None or self.value <= self.at_most

    def as_json(self) -> dict[str, Any]:
        """Return the row for a JSON file, without what does not apply."""
        values = {**asdict(self), "kept": self.kept}
        return {key: value for key, value in values.items() if value not in (None, "")}
