"""An exponential moving average of a network's weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from torch import Tensor

from scratch_layers.module import Module
from scratch_layers.state import copy_state


class WeightAverage:
    """Follows a network's weights: ``average <- d average + (1 - d) weights``.

    ``d`` is the smaller of ``decay`` and ``(1 + step) / (10 + step)``, so that early steps are
    forgotten quickly. With ``decay`` 0 the average is the network itself.

    Source: Polyak & Juditsky, 1992; the ramp is that of Tan & Le, "EfficientNet", 2019.
    """

    def __init__(self, network: Module, decay: float) -> None:
        self._network = network
        self._decay = decay
        self._values = {name: value.clone() for name, value in network.state_dict().items()}

    def update(self, step: int) -> None:
        """Take in the network's weights after optimizer step number ``step``, from 0."""
        decay = min(self._decay, (1 + step) / (10 + step)) if self._decay else 0.0
        for name, value in self._network.state_dict().items():
            held = self._values[name]
            held.lerp_(value, 1 - decay) if held.is_floating_point() else held.copy_(value)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the averaged weights (not copies)."""
        return self._values

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Copy averaged weights in.

        Raises:
            WeightsError: they do not fit; nothing is changed.
        """
        copy_state(self._values, state, "the averaged weights")

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let the network compute with the averaged weights, in evaluation mode, inside a block.

        Afterwards it has its own weights and its own mode again.
        """
        own = {name: value.clone() for name, value in self._network.state_dict().items()}
        self._network.load_state_dict(self._values)
        try:
            with self._network.evaluation():
                yield
        finally:
            self._network.load_state_dict(own)
