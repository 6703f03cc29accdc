"""The layers of a network from top to bottom, with their shapes; one is chosen."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import ttk
from typing import Literal

from desktop_app.services.models.network_report import LayerReport
from desktop_app.ui.theme.appearance import Appearance
from desktop_app.ui.theme.palette import Palette

BOX_HEIGHT = 40
GAP = 10
MARGIN = 12
INDENT = 14
KERNEL_TINT, LARGER_TINT, SUM_TINT, OTHER_TINT = 0, 1, 2, 5


class LayerDiagram(ttk.Frame):
    """Boxes joined by lines; what skips layers runs beside them.

    Args:
        on_choice: called with the index of the layer that the person picks.
    """

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, on_choice: Callable[[int], object]
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._on_choice = on_choice
        self._layers: tuple[LayerReport, ...] = ()
        self._chosen = 0
        self.canvas = tk.Canvas(self, highlightthickness=1, borderwidth=0, takefocus=True)
        self._bar = ttk.Scrollbar(self, orient="vertical", command=self.canvas.yview)
        self.canvas.configure(yscrollcommand=self._bar.set)
        self.canvas.grid(row=0, column=0, sticky="nsew")
        self._bar.grid(row=0, column=1, sticky="ns")
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self.canvas.bind("<Configure>", lambda _: self._draw())
        self.canvas.bind("<ButtonPress-1>", self._on_press)
        self.canvas.bind("<MouseWheel>", lambda event: self._scroll(-1 if event.delta > 0 else 1))
        self.canvas.bind("<Button-4>", lambda _: self._scroll(-1))
        self.canvas.bind("<Button-5>", lambda _: self._scroll(1))
        for key, step in (("Up", -1), ("Down", 1), ("Prior", -8), ("Next", 8)):
            self.canvas.bind(f"<{key}>", partial(self._step, step))
        appearance.follow(self, self._paint)

    def show(self, layers: tuple[LayerReport, ...]) -> None:
        """Show these layers."""
        self._layers = layers
        self._draw()

    def choose(self, index: int) -> None:
        """Mark a layer and scroll it into view; calls nobody."""
        self._chosen = index
        self._draw()
        if not self._layers:
            return
        _, top, _, bottom = self.box(index)
        height = max(1, self._total_height())
        if top < self.canvas.canvasy(0):
            self.canvas.yview_moveto((top - GAP) / height)
        elif bottom > self.canvas.canvasy(self.canvas.winfo_height()):
            self.canvas.yview_moveto((bottom + GAP - self.canvas.winfo_height()) / height)

    def box(self, index: int) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom of a layer's box, in the diagram's coordinates."""
        px = self._appearance.column
        left = px(MARGIN) + px(INDENT) * (1 + self._layers[index].depth)
        right = self.canvas.winfo_width() - px(MARGIN)
        top = px(MARGIN) + index * px(BOX_HEIGHT + GAP)
        return left, top, right, top + px(BOX_HEIGHT)

    def _total_height(self) -> int:
        px = self._appearance.column
        return 2 * px(MARGIN) + len(self._layers) * px(BOX_HEIGHT + GAP) - px(GAP)

    def _paint(self, palette: Palette) -> None:
        self.canvas.configure(
            background=palette.background,
            highlightbackground=palette.background,
            highlightcolor=palette.accent,
        )
        self._draw()

    def _draw(self) -> None:
        self.canvas.delete("all")
        width = self.canvas.winfo_width()
        if not self._layers or width <= 1:
            return
        self.canvas.configure(scrollregion=(0, 0, width, self._total_height()))
        for index in range(len(self._layers)):
            self._draw_links(index)
        for index in range(len(self._layers)):
            self._draw_box(index)

    def _draw_box(self, index: int) -> None:
        px, palette = self._appearance.column, self._appearance.palette.value
        layer, chosen = self._layers[index], index == self._chosen
        left, top, right, bottom = self.box(index)
        tint = palette.series[_tint(layer)]
        fill = palette.accent if chosen else palette.surface
        text = palette.on_accent if chosen else palette.text
        muted = palette.on_accent if chosen else palette.muted
        self.canvas.create_rectangle(left, top, right, bottom, fill=fill, width=0)
        self.canvas.create_rectangle(left, top, left + px(4), bottom, fill=tint, width=0)
        channels, height, width = layer.output_shape
        size, count = f"{channels} × {height} × {width}", _parameter_words(layer)
        upper, lower = top + px(12), bottom - px(11)
        if not layer.details and not count:
            upper = (top + bottom) // 2
        for x, y, words, colour, font in (
            (left + px(12), upper, layer.kind, text, "SunValleyBodyFont"),
            (right - px(8), upper, size, text, "SunValleyCaptionFont"),
            (left + px(12), lower, layer.details, muted, "SunValleyCaptionFont"),
            (right - px(8), lower, count, muted, "SunValleyCaptionFont"),
        ):
            anchor: Literal["w", "e"] = "w" if x < (left + right) // 2 else "e"
            self.canvas.create_text(x, y, text=words, anchor=anchor, fill=colour, font=font)

    def _draw_links(self, index: int) -> None:
        px, colour = self._appearance.column, self._appearance.palette.value.muted
        left, top, _, bottom = self.box(index)
        line = px(1.5)
        if index:
            above_left, _, _, above = self.box(index - 1)
            x = max(left, above_left) + px(20)
            self.canvas.create_line(x, above, x, top, fill=colour, width=line)
        skipped = self._layers[index].skip_from
        if skipped is not None:
            x, start = left + px(INDENT) // 2 - px(INDENT), self.box(skipped)[1] - px(GAP) // 2
            middle = (top + bottom) // 2
            inner = max(left, self.box(skipped)[0]) + px(20)
            self.canvas.create_line(
                [inner, start, x, start, x, middle, left, middle],
                fill=colour,
                width=line,
                arrow="last",
                arrowshape=(px(6), px(7), px(3)),
            )

    def _on_press(self, event: tk.Event) -> None:
        self.canvas.focus_set()
        y = self.canvas.canvasy(event.y) - self._appearance.column(MARGIN)
        index = int(y // self._appearance.column(BOX_HEIGHT + GAP))
        if 0 <= index < len(self._layers):
            self._on_choice(index)

    def _step(self, by: int, _: tk.Event) -> str:
        if self._layers:
            self._on_choice(min(max(self._chosen + by, 0), len(self._layers) - 1))
        return "break"

    def _scroll(self, units: int) -> None:
        if self._total_height() > self.canvas.winfo_height():
            self.canvas.yview_scroll(units, "units")


def _tint(layer: LayerReport) -> int:
    """Return the number of the colour for what a layer does to the picture."""
    if layer.skip_from is not None:
        return SUM_TINT
    if layer.output_shape[1] > layer.input_shape[1]:
        return LARGER_TINT
    return OTHER_TINT if layer.kernel is None else KERNEL_TINT


def _parameter_words(layer: LayerReport) -> str:
    return f"{layer.parameters:,} params" if layer.parameters else ""
