"""Other denoisers that a photo could be given to, timed from samples to samples."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tests.benchmarks.photo_model import SIGMA_255
from tests.benchmarks.pictures import noisy_photo

Samples = NDArray[np.uint8]

FFDNET_CHANNELS, FFDNET_CONVOLUTIONS = 96, 12

WARM_UP_SIZE = (64, 48)


@dataclass(frozen=True)
class Competitor:
    """A denoiser.

    Attributes:
        title: what people call it.
        denoise: takes and returns (H, W, 3) samples.
        trial_size: width and height on which it is tried first, because it may be slow.
        module, package: what has to be imported and installed for it, or empty.
    """

    title: str
    denoise: Callable[[Samples, torch.device], Samples]
    trial_size: tuple[int, int]
    module: str = ""
    package: str = ""

    @property
    def is_installed(self) -> bool:
        """Whether it can be run here."""
        return not self.module or importlib.util.find_spec(self.module) is not None


def ffdnet_shaped_network() -> nn.Module:
    """Return a network of FFDNet's shape for colour, with random weights, 852 thousand of them.

    Source: Zhang, Zuo, Zhang, "FFDNet: Toward a fast and flexible solution for CNN-based image
    denoising" (TIP 2018).
    """
    planes = 4 * 3
    steps: list[nn.Module] = [nn.Conv2d(planes + 3, FFDNET_CHANNELS, 3, padding=1)]
    for _ in range(FFDNET_CONVOLUTIONS - 2):
        steps += [
            nn.ReLU(inplace=True),
            nn.Conv2d(FFDNET_CHANNELS, FFDNET_CHANNELS, 3, padding=1),
        ]
    steps += [nn.ReLU(inplace=True), nn.Conv2d(FFDNET_CHANNELS, planes, 3, padding=1)]
    return nn.Sequential(*steps, nn.PixelShuffle(2))


def _denoise_with_ffdnet(samples: Samples, device: torch.device) -> Samples:
    network = ffdnet_shaped_network().eval().to(device, memory_format=torch.channels_last)
    with torch.inference_mode():
        image = torch.from_numpy(samples).permute(2, 0, 1)[None].float().div_(255)
        planes = nn.functional.pixel_unshuffle(image, 2)
        level = torch.full_like(planes[:, :3], SIGMA_255 / 255)
        inputs = torch.cat([planes, level], dim=1)
        del image, planes, level
        clean: Tensor = network(inputs.to(device, memory_format=torch.channels_last))
        clean = clean.clamp_(0, 1).mul_(255).round_().to(torch.uint8)
        return clean[0].permute(1, 2, 0).contiguous().cpu().numpy()


def _denoise_with_nlm(samples: Samples, _: torch.device) -> Samples:
    import cv2

    result: Samples = cv2.fastNlMeansDenoisingColored(samples, None, 10, 10, 7, 21)
    return result


def _denoise_with_bm3d(samples: Samples, _: torch.device) -> Samples:
    import bm3d

    clean = bm3d.bm3d_rgb(samples.astype(np.float64) / 255, SIGMA_255 / 255)
    result: Samples = np.clip(np.rint(clean * 255), 0, 255).astype(np.uint8)
    return result


COMPETITORS = {
    "ffdnet": Competitor("FFDNet-shaped torch network", _denoise_with_ffdnet, (1000, 1000)),
    "nlm": Competitor(
        "OpenCV fastNlMeansDenoisingColored",
        _denoise_with_nlm,
        (1000, 1000),
        "cv2",
        "opencv-python-headless",
    ),
    "bm3d": Competitor("bm3d package", _denoise_with_bm3d, (960, 640), "bm3d", "bm3d"),
}


def seconds_for_photo(name: str, width: int, height: int, device: str) -> float:
    """Return how long a competitor takes for one photo; called in a process of its own."""
    photo = noisy_photo(width, height)
    # The first call also loads libraries and computes tables.
    COMPETITORS[name].denoise(noisy_photo(*WARM_UP_SIZE), torch.device(device))
    started = time.perf_counter()
    clean = COMPETITORS[name].denoise(photo, torch.device(device))
    seconds = time.perf_counter() - started
    if clean.shape != photo.shape:
        raise RuntimeError(f"{name} returned shape {clean.shape} for {photo.shape}")
    return seconds
