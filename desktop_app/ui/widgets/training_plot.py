"""The curves of training runs in the window: drawn on another thread, shown and read off here."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import ImageTk

from desktop_app.controllers.context import Context
from desktop_app.controllers.training_curves import TrainingCurves
from desktop_app.services.jobs import CancelToken
from desktop_app.ui.later import Later
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.widgets.plot_navigation import DrawnPlot, PlotNavigation, PlotOrder

if TYPE_CHECKING:
    from desktop_app.ui.widgets.training_drawing import TrainingDrawing

REDRAW_MS = 500
SMALLEST = 50
EXPORT_SIZE, EXPORT_SCALE = (2000, 1400), 2.0


class TrainingPlot(tk.Canvas):
    """Loss, PSNR and learning rate over the steps, or the gradients and weights of the layers.

    Matplotlib draws on a worker thread, because a picture takes it longer than a window may stand
    still.

    After every picture comes the event ``<<Drawn>>``.

    Args:
        on_read: called with the numbers under the pointer in words; empty where there are none.

    Attributes:
        drawing: the figure; ``None`` before the first picture.
        picture: the latest picture; ``None`` before the first one.
        drawn: how many pictures were drawn.
        navigation: which steps are in view.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        context: Context,
        on_read: Callable[[str], object],
    ) -> None:
        super().__init__(
            parent, highlightthickness=1, borderwidth=0, width=1, height=1, takefocus=True
        )
        self._appearance = appearance
        self._context = context
        self._on_read = on_read
        self._curves = TrainingCurves()
        self._compared: dict[str, TrainingCurves] = {}
        self._logarithmic = True
        self._layer: int | None = None
        self.picture: DrawnPlot | None = None
        self._photo: ImageTk.PhotoImage | None = None
        self._item = self.create_image(0, 0, anchor="nw")
        self._busy = False
        self._again = False
        self._stale = False
        self.drawing: TrainingDrawing | None = None
        self.drawn = 0
        self._soon = Later(self, self._draw)
        self._following = Later(self, self._draw, delay_ms=REDRAW_MS)
        self.navigation = PlotNavigation(self, self._steps_there, self._soon.request)
        self.bind("<Configure>", lambda _: self._soon.request())
        self.bind("<Expose>", lambda _: self._on_expose())
        self.bind("<Motion>", self._on_motion)
        self.bind("<Leave>", lambda _: self._on_read(""))
        appearance.follow(self, lambda _: self._paint())

    def show(self, curves: TrainingCurves) -> None:
        """Show these curves, at most twice a second."""
        self._curves = curves
        self._following.request()

    def compare(self, compared: dict[str, TrainingCurves]) -> None:
        """Show these curves, by name, beside the present ones."""
        self._compared = compared
        self._soon.request()

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Draw the loss on a logarithmic or a linear scale."""
        self._logarithmic = logarithmic
        self._soon.request()

    def show_layers(self, layer: int | None) -> None:
        """Show what the layers do, and this one's weights; ``None`` shows the curves again."""
        self._layer = layer
        self._soon.request()

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers of the run that is shown; empty before they were measured."""
        measured = self._shown_run().layers
        return measured[-1].layers if measured else ()

    def export(self, path: Path, on_result: Callable[[], None]) -> None:
        """Write the plot as it is shown to a PNG file, then call ``on_result``."""
        order, drawing = self._order(exported=True), self.drawing

        def work(token: CancelToken) -> None:
            (drawing or _new_drawing()).export(order, path)

        self._context.runner.start_call(
            "Exporting the plot",
            work,
            on_result=lambda _: on_result(),
            on_error=lambda error: self._context.report(f"{path.name} was not written", error),
        )

    # Drawing ------------------------------------------------------------------------------------

    def _paint(self) -> None:
        palette = self._appearance.palette.value
        self.configure(
            background=palette.background,
            highlightbackground=palette.background,
            highlightcolor=palette.accent,
        )
        self._soon.request()

    def _draw(self) -> None:
        """Order a picture; what changes meanwhile is drawn when it is there."""
        if self._busy:
            self._again = True
            return
        self._stale = not self.winfo_viewable()
        if self._stale or min(self.winfo_width(), self.winfo_height()) < SMALLEST:
            return
        self._busy = True
        order, drawing = self._order(), self.drawing

        def work(token: CancelToken) -> tuple[TrainingDrawing, DrawnPlot]:
            used = drawing or _new_drawing()
            return used, used.draw(order)

        self._context.runner.start_call(
            "Drawing the curves",
            work,
            on_result=self._show_picture,
            on_error=self._on_error,
            on_cancelled=self._rest,
        )

    def _order(self, exported: bool = False) -> PlotOrder:
        return PlotOrder(
            self._shown_run().copy(),
            dict(self._compared),
            self._appearance.palette.value,
            self.navigation.shown_steps,
            self._logarithmic,
            self._layer,
            EXPORT_SIZE if exported else (self.winfo_width() - 2, self.winfo_height() - 2),
            EXPORT_SCALE if exported else self._appearance.scale,
        )

    def _shown_run(self) -> TrainingCurves:
        """The present run; layers are those of the earlier run that is marked, if one is."""
        if self._layer is None:
            return self._curves
        return next(iter(self._compared.values()), self._curves)

    def _show_picture(self, result: tuple[TrainingDrawing, DrawnPlot]) -> None:
        self._rest()
        if not self.winfo_exists():
            return
        self.drawing, self.picture = result
        photo = ImageTk.PhotoImage(self.picture.picture, master=self)
        self.itemconfigure(self._item, image=photo)
        self.coords(self._item, 1, 1)
        self._photo = photo
        self.drawn += 1
        self.event_generate("<<Drawn>>")

    def _steps_there(self) -> DrawnPlot | None:
        """Return the latest picture if a curve is in it."""
        drawn = self._curves.steps or any(curves.steps for curves in self._compared.values())
        return self.picture if drawn else None

    def _on_error(self, error: BaseException) -> None:
        self._rest()
        self._context.report("The curves were not drawn", error)

    def _rest(self) -> None:
        self._busy = False
        if self._again and self.winfo_exists():
            self._again = False
            self._soon.request()

    def _on_expose(self) -> None:
        """Catch up with what was not drawn while another page was shown."""
        if self._stale:
            self._soon.request()

    def _on_motion(self, event: tk.Event) -> None:
        picture = self.picture
        if picture is not None and picture.left <= event.x <= picture.right:
            step = picture.step_at(event.x)
            if self._layer is None:
                self._on_read(_numbers(self._curves, step))
            else:
                self._on_read(_layer_numbers(self._shown_run(), self._layer, step))
        else:
            self._on_read("")


def _new_drawing() -> TrainingDrawing:
    # Matplotlib takes its time to be imported; this runs on a worker thread.
    from desktop_app.ui.widgets.training_drawing import TrainingDrawing

    return TrainingDrawing()


def _numbers(curves: TrainingCurves, step: float) -> str:
    """Return the numbers of the step nearest to ``step``, and of the validation nearest to it."""
    index, checked = curves.nearest(step), curves.nearest_validation(step)
    parts = []
    if index is not None:
        parts.append(f"Step {curves.steps[index]:,}: loss {curves.smoothed[index]:.4g}")
        parts.append(f"rate {curves.rates[index]:.2g}")
    if checked is not None:
        parts.append(f"{curves.psnr[checked]:.2f} dB at step {curves.checked_steps[checked]:,}")
    return ", ".join(parts)


def _layer_numbers(curves: TrainingCurves, layer: int, step: float) -> str:
    """Return the numbers of a layer that were measured last up to ``step``."""
    measured = curves.layers_at(step)
    if measured is None or layer >= len(measured.layers):
        return ""
    norm, limit = measured.gradient_norms[layer], measured.weight_limits[layer]
    return f"Step {measured.step:,}: gradient {norm:.3g}, weights up to {limit:.3g}"
