"""Choosing where networks run: the fastest device that works, or a certain one."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.devices import device_title
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.tooltip import Tooltip

AUTOMATIC = "auto"


class DevicePanel(ttk.Frame):
    """A drop-down list of devices, which follows the settings and changes them."""

    def __init__(
        self, parent: tk.Misc, appearance: Appearance, controller: ApplicationController
    ) -> None:
        super().__init__(parent)
        self._context = controller.context
        self._offered: tuple[str, ...] = (AUTOMATIC,)
        ttk.Label(self, text="Device").pack(side="left")
        self.box = ttk.Combobox(self, state="readonly", width=10)
        self.box.pack(side="left", fill="x", expand=True, padx=(appearance.px(10), 0))
        self.box.bind("<<ComboboxSelected>>", self._on_choice)
        Tooltip(self.box, appearance, "Where the network runs; it must pass a self-test there")
        bind_subscription(self, controller.devices.names.subscribe(self._offer))
        bind_subscription(self, controller.context.settings.subscribe(lambda _: self._show()))

    def _offer(self, names: tuple[str, ...]) -> None:
        chosen = self._context.settings.value.device
        self._offered = tuple(dict.fromkeys((AUTOMATIC, *names, chosen)))
        self.box.configure(
            values=["Automatic", *(device_title(name) for name in self._offered[1:])]
        )
        self._show()

    def _show(self) -> None:
        chosen = self._context.settings.value.device
        if chosen not in self._offered:
            self._offer(self._offered[1:])
        else:
            self.box.current(self._offered.index(chosen))

    def _on_choice(self, _: tk.Event) -> None:
        self.box.selection_clear()
        self._context.change_settings(device=self._offered[self.box.current()])
