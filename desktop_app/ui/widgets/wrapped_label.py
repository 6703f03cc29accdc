"""Labels whose text breaks where their place ends."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk
from typing import Any


class WrappedLabel(ttk.Label):
    """A label that breaks its lines at the width it is given; let it fill its place sideways."""

    def __init__(self, parent: tk.Misc, **options: Any) -> None:
        super().__init__(parent, justify="left", **options)
        self.bind("<Configure>", lambda event: self.configure(wraplength=event.width))
