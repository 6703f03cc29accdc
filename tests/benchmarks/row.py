"""One line of the table: two sides of a comparison, or one figure of the application."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Quantity = Literal["ratio", "ms", "MiB", "memory ratio"]


@dataclass(frozen=True)
class Target:
    """A figure to reach: one quantity of a row should be at most this."""

    quantity: Quantity
    at_most: float


@dataclass(frozen=True)
class Row:
    """What was measured; ``None`` where a quantity does not apply or could not be measured.

    Attributes:
        name: what was measured.
        scratch_ms, other_ms: time of this project's side, and of the side it is compared with.
        ratio: of the two times; under 1 this project is faster. Given for rows that stand for
            several others, computed for the rest.
        scratch_gflops, other_gflops: arithmetic as the layers define it, per time. A fast algorithm
            needs less of it, so this can exceed what the machine can do.
        scratch_mib, other_mib: peak resident memory of a process that does nothing else, or peak
            memory of the accelerator.
        other: who the other side is.
        target: the figure to reach.
        note: what else a reader should know.
    """

    name: str
    scratch_ms: float | None = None
    other_ms: float | None = None
    ratio: float | None = None
    scratch_gflops: float | None = None
    other_gflops: float | None = None
    scratch_mib: float | None = None
    other_mib: float | None = None
    other: str = ""
    target: Target | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Compute the ratio where there are two times."""
        if self.ratio is None and self.scratch_ms and self.other_ms:
            object.__setattr__(self, "ratio", self.scratch_ms / self.other_ms)

    @property
    def memory_ratio(self) -> float | None:
        """Peak memory of this project's side by that of the other side."""
        if self.scratch_mib is None or self.other_mib is None:
            return None
        return self.scratch_mib / self.other_mib

    @property
    def achieved(self) -> float | None:
        """The quantity that the target is about."""
        if self.target is None:
            return None
        values: dict[Quantity, float | None] = {
            "ratio": self.ratio,
            "ms": self.scratch_ms,
            "MiB": self.scratch_mib,
            "memory ratio": self.memory_ratio,
        }
        return values[self.target.quantity]

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; ``None`` where there is none or nothing was measured."""
        achieved = self.achieved
        if self.target is None or achieved is None:
            return None
        return achieved <= self.target.at_most

    def as_json(self) -> dict[str, Any]:
        """Return the row for a JSON file, without what does not apply."""
        values = {**asdict(self), "memory_ratio": self.memory_ratio, "reached": self.reached}
        return {key: value for key, value in values.items() if value not in (None, "")}


def gflops(multiply_adds: float, milliseconds: float) -> float:
    """Return billions of operations a second; a multiplication with its addition counts as two."""
    return 2 * multiply_adds / milliseconds / 1e6
