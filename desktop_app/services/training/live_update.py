"""What goes into a live training and what comes out of it, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Planes = npt.NDArray[np.uint8]

NETWORKS = ("The paper's network", "2 convolutions", "3 convolutions")


@dataclass
class LiveSettings:
    """What may be changed while the network learns.

    Attributes:
        rate, momentum: of SGD.
        batch: patches a step.
        sigma_255: noise level, 0-255 scale.
        layer: whose maps are shown.
    """

    rate: float = 0.1
    momentum: float = 0.9
    batch: int = 16
    sigma_255: float = 25.0
    layer: int = 1


@dataclass(frozen=True)
class LiveUpdate:
    """The network after some steps.

    Attributes:
        step: steps done.
        losses: of the steps since the last update.
        norms: name and gradient norm of every layer that learns.
        layers: names of all layers.
        kernels: of the first convolution, see :attr:`NetworkReport.kernels`.
        maps: (channels, height, width) of the layer that was asked for.
        noisy, denoised, clean: (H, W, 3) the photo.
        psnr: of the denoised photo in dB.
        parameters: how many numbers are learned.
        trouble: ``diverged``, ``stuck`` or empty.
    """

    step: int
    losses: tuple[float, ...]
    norms: tuple[tuple[str, float], ...]
    layers: tuple[str, ...]
    kernels: Planes | None
    maps: Planes
    noisy: Planes
    denoised: Planes
    clean: Planes
    psnr: float
    parameters: int
    trouble: str
