"""What goes into a live training and what comes out of it, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Planes = npt.NDArray[np.uint8]

VANISHED = 1e-7
"""A gradient norm that moves no weight."""

NETWORKS = ("The paper's network", "2 convolutions", "3 convolutions")

PHOTO, SAMPLE, FOLDER = "photo", "sample", "folder"


@dataclass(frozen=True)
class LiveSource:
    """What is learned from.

    Attributes:
        kind: :data:`PHOTO` for the open one, :data:`SAMPLE` for thumbnails of the sample photo,
            :data:`FOLDER` for thumbnails of a folder's.
        folder: that one.
    """

    kind: str = PHOTO
    folder: Path | None = None


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
        step: steps done; 0 before it has learned anything.
        losses: of the steps since the last update.
        norms: name and gradient norm of every layer that learns.
        layers: names of all layers.
        kernels: of the first convolution, see :attr:`NetworkReport.kernels`.
        maps: (channels, height, width) of the layer that was asked for; those of several pictures
            stand in rows.
        noisy, denoised, clean: (M, H, W, 3) the photo, or some thumbnails.
        psnr, psnr_before: of the denoised and the noisy pictures in dB, their mean.
        learned: how many pictures are learned from.
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
    psnr_before: float
    learned: int
    parameters: int
    trouble: str
