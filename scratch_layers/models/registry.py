"""The architectures that a model card can name: how to build each, and what it eats and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch

from scratch_layers.errors import ArgumentError
from scratch_layers.models import network_figures
from scratch_layers.models.networks import (
    miniproject_network,
    paper_network,
    photo_unet,
    plain_network,
)
from scratch_layers.module import Module

Configuration = Mapping[str, Any]


@dataclass(frozen=True)
class Architecture:
    """A family of networks that differ only in their configuration.

    Attributes:
        name: what cards and commands call it.
        title: what people read.
        defaults: every configuration key with its default; all values are plain JSON.
        takes_noise_level: the input has one more channel, the noise's standard deviation.
        predicts: the network's output is the ``"noise"`` or the clean ``"image"``.
        constructor: called with the completed configuration as keywords.
        channels: of the images: 3 for RGB, 1 for the mosaic of a sensor.
    """

    name: str
    title: str
    defaults: Configuration
    takes_noise_level: bool
    predicts: Literal["noise", "image"]
    constructor: Callable[..., Module]
    channels: int = 3

    @property
    def input_channels(self) -> int:
        """Channels of the network's input: the image's and, where it is taken, the noise level."""
        return self.channels + self.takes_noise_level

    def complete(self, configuration: Configuration | None = None) -> dict[str, Any]:
        """Return ``configuration`` with defaults for what it leaves out.

        Raises:
            ArgumentError: it has a key that this architecture does not know.
        """
        unknown = sorted(set(configuration or ()) - set(self.defaults))
        if unknown:
            known = ", ".join(self.defaults) or "nothing"
            raise ArgumentError(
                f"The architecture '{self.name}' has no setting {unknown[0]!r:.60}; "
                f"it knows {known}."
            )
        return {**self.defaults, **(configuration or {})}

    def build(self, **configuration: Any) -> Module:
        """Build a network with fresh random parameters.

        Raises:
            ArgumentError, ArgumentTypeError: the configuration cannot be used.
        """
        return self.constructor(**self.complete(configuration))

    def blueprint(self, configuration: Configuration | None = None) -> Module:
        """Build the network without memory for its parameters, to look at its shapes.

        Raises:
            ArgumentError, ArgumentTypeError: the configuration cannot be used.
        """
        with torch.device("meta"):
            return self.build(**(configuration or {}))

    def size_multiple(self, configuration: Configuration | None = None) -> int:
        """Return the number that height and width of the network's input must be multiples of.

        Raises:
            ArgumentError, ArgumentTypeError: the configuration cannot be used.
        """
        return network_figures.size_multiple(self.blueprint(configuration))

    def receptive_radius(self, configuration: Configuration | None = None) -> int:
        """Return how many pixels away, at most, an input pixel can change an output pixel.

        Raises:
            ArgumentError, ArgumentTypeError: the configuration cannot be used.
        """
        return network_figures.receptive_radius(self.blueprint(configuration))


_KNOWN = (
    Architecture(
        name="photo-unet",
        title="U-Net for photos",
        defaults={"widths": [32, 64, 128], "blocks": 2},
        takes_noise_level=True,
        predicts="noise",
        constructor=photo_unet,
    ),
    Architecture(
        name="mosaic-unet",
        title="U-Net for the mosaics of sensors",
        defaults={"widths": [32, 64, 128], "blocks": 2},
        takes_noise_level=True,
        predicts="noise",
        constructor=partial(photo_unet, colours=1),
        channels=1,
    ),
    Architecture(
        name="paper",
        title="The paper's network",
        defaults={},
        takes_noise_level=False,
        predicts="image",
        constructor=paper_network,
    ),
    Architecture(
        name="miniproject",
        title="The paper's layers, wider and deeper",
        defaults={"widths": [32, 64], "blocks": 2},
        takes_noise_level=False,
        predicts="image",
        constructor=miniproject_network,
    ),
    Architecture(
        name="plain",
        title="Plain convolutions, for a single photo",
        defaults={"widths": [32, 32]},
        takes_noise_level=True,
        predicts="noise",
        constructor=plain_network,
    ),
)

ARCHITECTURES: Mapping[str, Architecture] = {known.name: known for known in _KNOWN}


def architecture(name: str) -> Architecture:
    """Return the architecture called ``name``.

    Raises:
        ArgumentError: there is none.
    """
    if name not in ARCHITECTURES:
        raise ArgumentError(
            f"There is no architecture called {name!r:.60}; known are {', '.join(ARCHITECTURES)}."
        )
    return ARCHITECTURES[name]


def build_network(name: str, configuration: Configuration | None = None) -> Module:
    """Build a network of architecture ``name`` with fresh random parameters.

    Raises:
        ArgumentError, ArgumentTypeError: the name or the configuration cannot be used.
    """
    return architecture(name).build(**(configuration or {}))
