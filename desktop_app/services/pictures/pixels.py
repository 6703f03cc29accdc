"""Pictures as tensors, which networks take: there, back, and how close one is to the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from desktop_app.services.pictures import Picture
from scratch_layers.metrics import psnr, ssim


def samples_to_tensor(picture: Picture) -> Tensor:
    """Return the samples as float32 (1, C, H, W) in [0, 1], with one channel for a gray picture."""
    values = picture.samples.astype(np.float32)
    values /= picture.peak
    return torch.from_numpy(values).permute(2, 0, 1)[None]


def picture_to_tensor(picture: Picture) -> Tensor:
    """Return the samples as float32 RGB (1, 3, H, W) in [0, 1]; gray is copied to all channels."""
    return samples_to_tensor(picture).expand(-1, 3, -1, -1)


def tensor_to_picture(tensor: Tensor, like: Picture) -> Picture:
    """Return a picture with the values of a tensor and everything else but a mosaic of another.

    Values are clamped to [0, 1] and rounded to the depth of ``like``, unless that is floating
    point. If it is gray, the channels are averaged. Where it is fully transparent, its own colours
    stay.

    Args:
        tensor: (1, 3, H, W) or (1, C, H, W) with the channels of ``like``.
        like: gives depth, channels, alpha and metadata.

    Raises:
        ValueError: the tensor has another size or other channels than ``like``.
    """
    values = tensor[0].detach().to("cpu", torch.float32)
    if like.is_gray and values.shape[0] > 1:
        values = values.mean(dim=0, keepdim=True)
    if like.samples.dtype != np.float32:
        values = values.clamp(0, 1).mul_(like.peak).round_()
    samples = np.ascontiguousarray(values.permute(1, 2, 0).numpy().astype(like.samples.dtype))
    if samples.shape != like.samples.shape:
        raise ValueError(f"a tensor {tuple(tensor.shape)} does not fit {like.samples.shape}")
    if like.alpha is not None:
        hidden = like.alpha == 0
        samples[hidden] = like.samples[hidden]
    return replace(like, samples=samples, mosaic=None)


def measure(picture: Picture, truth: Picture) -> tuple[float, float]:
    """Return PSNR in dB and SSIM of ``picture`` against ``truth``, a picture of the same size."""
    first, second = samples_to_tensor(picture), samples_to_tensor(truth)
    return psnr(first, second), ssim(first, second)
