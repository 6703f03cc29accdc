"""What layers that work number by number share."""

from __future__ import annotations

from scratch_layers.described import Extent, Span
from scratch_layers.module import Module


class Elementwise(Module):
    """A layer whose every output value depends on the input value in the same place alone."""

    def output_extent(self, given: Extent) -> Extent:
        """Return the size of the input."""
        return given

    def positions_read(self, axis: int, outputs: Span) -> Span:
        """Return the positions of the outputs themselves."""
        return outputs
