"""Changes to a copy of the network, to watch what becomes of the photo: channels off, weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from desktop_app.controllers.observable import Observable
from desktop_app.services.models.network_report import LayerReport, NetworkChanges
from desktop_app.services.models.sums_of_products import Numbers

EDITS: dict[str, Callable[[Numbers], Numbers]] = {
    "Negate": lambda kernel: -kernel,
    "Double": lambda kernel: 2 * kernel,
    "Mirror": lambda kernel: np.ascontiguousarray(kernel[:, ::-1]),
    "Zero": np.zeros_like,
}
"""What a button does to the kernel of one input and output channel."""


class ChangesController:
    """Collects the changes.

    Attributes:
        changes: all that is to be different.
    """

    def __init__(self) -> None:
        self.changes = Observable(NetworkChanges())

    def is_off(self, layer: LayerReport, channel: int) -> bool:
        """Return whether an output channel puts out zeros."""
        return (layer.name, channel) in self.changes.value.off

    def switch(self, layer: LayerReport, channel: int) -> None:
        """Switch an output channel off, or on again."""
        former = self.changes.value
        off = former.off ^ {(layer.name, channel)}
        self.changes.value = NetworkChanges(off, former.kernels)

    def kernel(self, layer: LayerReport, out: int, into: int) -> Numbers | None:
        """Return the (k, k) weights between two channels as they are now, or ``None``."""
        if layer.kernel is None:
            return None
        found = self.changes.value.kernels.get((layer.name, out, into))
        return layer.kernel.weight[out, into] if found is None else found

    def set_kernel(self, layer: LayerReport, out: int, into: int, kernel: Numbers) -> None:
        """Give two channels other weights (k, k); does nothing where the layer has no kernel."""
        present = self.kernel(layer, out, into)
        if present is not None and not np.array_equal(present, kernel):
            former = self.changes.value
            kernels = {**former.kernels, (layer.name, out, into): kernel.astype(np.float32)}
            self.changes.value = NetworkChanges(former.off, kernels)

    def edit(self, layer: LayerReport, out: int, into: int, name: str) -> None:
        """Do one of :data:`EDITS`."""
        present = self.kernel(layer, out, into)
        if present is not None:
            self.set_kernel(layer, out, into, EDITS[name](present))

    def reset(self) -> None:
        """Have the network as it was learned."""
        if self.changes.value:
            self.changes.value = NetworkChanges()
