"""A word beside the model chooser when another model suits the photo better."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from desktop_app.controllers.model_hint import ModelHint
from desktop_app.services.models.model_store import ModelEntry
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.icon_button import IconButton
from desktop_app.ui.widgets.tooltip import Tooltip
from desktop_app.ui.widgets.wrapped_label import WrappedLabel

SENTENCE = "This photo comes from a camera, whose noise another model knows better."


class ModelHintPanel(ttk.Frame):
    """The sentence, a button that chooses the other model, and one that ends the advice."""

    def __init__(self, parent: tk.Misc, appearance: Appearance, hint: ModelHint) -> None:
        super().__init__(parent)
        px = appearance.px
        # A frame follows its children as long as it has any: this one stays and takes no room.
        ttk.Frame(self).pack()
        self.inside = ttk.Frame(self, padding=(0, px(4), 0, 0))
        sentence = WrappedLabel(self.inside, style="Muted.TLabel", text=SENTENCE)
        sentence.grid(row=0, column=0, columnspan=2, sticky="ew")
        self.accept = ttk.Button(self.inside, command=hint.accept)
        self.accept.grid(row=1, column=0, sticky="ew", pady=(px(4), 0))
        Tooltip(self.accept, appearance, "Choose the model that was made for photos like this")
        self.dismiss = IconButton(
            self.inside,
            appearance,
            "close",
            "Give no such advice until the next start",
            hint.dismiss,
        )
        self.dismiss.grid(row=1, column=1, padx=(px(4), 0), pady=(px(4), 0))
        self.inside.columnconfigure(0, weight=1)
        bind_subscription(self, hint.offer.subscribe(self._show))

    def _show(self, entry: ModelEntry | None) -> None:
        if entry is None:
            self._pass_focus_on()
            self.inside.pack_forget()
            return
        self.accept.configure(text=f"Use “{entry.title}”")
        self.inside.pack(fill="x")

    def _pass_focus_on(self) -> None:
        """Give the keyboard to what follows, if it is here: nobody sees a hidden button's focus."""
        # By its name: an open drop-down list has the focus as a widget that tkinter does not know.
        if str(self.tk.call("focus")) in (str(self.accept), str(self.dismiss)):
            follower = self.dismiss.tk_focusNext()
            if follower is not None:
                follower.focus_set()
