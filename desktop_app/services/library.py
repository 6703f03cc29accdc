"""Importing torch and the library, by one thread at a time."""

from __future__ import annotations

import threading

_loading = threading.Lock()


def load_library() -> None:
    """Import what the work of most jobs begins with, or wait until another thread has done so.

    Modules that import each other's packages may be handed out half initialised where two threads
    import them at the same time from different ends.
    """
    with _loading:
        import scratch_layers.inference
        import scratch_layers.models
        import scratch_layers.training.trainer  # noqa: F401
