"""A convolution and an upsampling in small numbers, gone through sum by sum."""

from __future__ import annotations

from desktop_app.controllers.context import Context
from desktop_app.controllers.observable import Observable
from desktop_app.controllers.playback import Playback
from desktop_app.services.jobs import CancelToken
from desktop_app.services.models.sums_of_products import Cell
from desktop_app.services.models.worked_example import (
    CONVOLUTION,
    INPUT_GRADIENT,
    OUTPUT,
    UPSAMPLING,
    WEIGHT_GRADIENT,
    WorkedSums,
    worked_example,
)

LAYERS = (CONVOLUTION, UPSAMPLING)
MATRICES = (OUTPUT, INPUT_GRADIENT, WEIGHT_GRADIENT)
EQUATIONS = {
    (CONVOLUTION, OUTPUT): "yᵢⱼ = Σᵤᵥ wᵤᵥ · xᵢ₊ᵤ₋₁, ⱼ₊ᵥ₋₁",
    (CONVOLUTION, INPUT_GRADIENT): "∂L/∂xₘₙ = Σᵤᵥ wᵤᵥ · ∂L/∂yₘ₋ᵤ₊₁, ₙ₋ᵥ₊₁",
    (CONVOLUTION, WEIGHT_GRADIENT): "∂L/∂wᵤᵥ = Σᵢⱼ ∂L/∂yᵢⱼ · xᵢ₊ᵤ₋₁, ⱼ₊ᵥ₋₁",
    (UPSAMPLING, OUTPUT): "yᵢⱼ = Σᵤᵥ wᵤᵥ · x⌊(i+u−1)/2⌋, ⌊(j+v−1)/2⌋",
    (UPSAMPLING, INPUT_GRADIENT): "∂L/∂xₘₙ = Σ wᵤᵥ · ∂L/∂yᵢⱼ over all taps u, v and outputs i, j "
    "that read a copy of xₘₙ",
    (UPSAMPLING, WEIGHT_GRADIENT): "∂L/∂wᵤᵥ = Σᵢⱼ ∂L/∂yᵢⱼ · x⌊(i+u−1)/2⌋, ⌊(j+v−1)/2⌋",
}


class ExampleController:
    """Chooses which sums are worked out.

    Attributes:
        layer: one of :data:`LAYERS`.
        matrix: one of :data:`MATRICES`.
        sums: all sums of that matrix, or ``None`` until they are computed.
        playback: through all their terms.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.layer = CONVOLUTION
        self.matrix = OUTPUT
        self.sums: Observable[WorkedSums | None] = Observable(None)
        self.playback = Playback()

    @property
    def equation(self) -> str:
        """What every sum is, in symbols."""
        return EQUATIONS[self.layer, self.matrix]

    def choose(self, layer: str | None = None, matrix: str | None = None) -> None:
        """Choose a layer, a matrix or both."""
        self.layer, self.matrix = layer or self.layer, matrix or self.matrix
        chosen = self.layer, self.matrix

        def work(token: CancelToken) -> WorkedSums:
            return worked_example(*chosen)

        def show(sums: WorkedSums) -> None:
            if chosen == (self.layer, self.matrix):
                self.sums.value = sums
                self.playback.load(len(sums.terms), 0)

        self._context.runner.start_call(
            "Working out an example",
            work,
            on_result=show,
            on_error=lambda error: self._context.report("There is no example", error),
        )

    def go_to(self, cell: Cell) -> None:
        """Go to the first term of a cell of the result."""
        sums = self.sums.value
        if sums is not None:
            self.playback.step(sums.first_term(cell) + 1 - self.playback.position.value)
