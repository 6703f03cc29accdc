"""Compute devices by name, and the self-test that a device passes before it is used."""

from __future__ import annotations

from functools import cache

import torch

from scratch_layers.errors import DeviceError, ScratchError
from scratch_layers.layers import (
    Conv2d,
    PixelShuffle,
    PixelUnshuffle,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Upsampling,
)

SELF_TEST_TOLERANCE = 1e-2
"""Largest difference to the CPU's result; TF32 products have a 10-bit mantissa."""


def available_devices() -> list[str]:
    """Return the names of the devices that torch sees here, the fastest kind first."""
    names = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        names.append("mps")
    return [*names, "cpu"]


def resolve_device(name: str) -> torch.device:
    """Return the device called ``name``.

    Args:
        name: ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``, or ``"auto"`` for the best device
            that passes its self-test.

    Raises:
        DeviceError: the device is unknown, absent, or fails its self-test.
    """
    if name == "auto":
        return next(torch.device(found) for found in available_devices() if passes(found))
    if name not in (*available_devices(), "cuda") or (name == "cuda" and not _has_cuda()):
        raise DeviceError(
            f"There is no device {name!r} here; choose auto, {', '.join(available_devices())}."
        )
    if not passes(name):
        raise DeviceError(f"The device {name!r} computes wrong results here; choose cpu.")
    return torch.device(name)


def _has_cuda() -> bool:
    return torch.cuda.device_count() > 0


def free_bytes(device: torch.device) -> int | None:
    """Return the memory that a device of its own memory has left; ``None`` for all others."""
    if device.type != "cuda":
        return None
    free, _ = torch.cuda.mem_get_info(device)
    return int(free)


def taken_bytes() -> int | None:
    """Return the memory that torch has taken of the graphics processor; ``None`` without one."""
    if torch.cuda.is_initialized():
        return torch.cuda.memory_reserved()
    if torch.backends.mps.is_available():
        return torch.mps.driver_allocated_memory()
    return None


@cache
def passes(name: str) -> bool:
    """Tell whether a small network computes the same forward and backward pass as on the CPU.

    It has every layer that the networks of :mod:`scratch_layers.models` are made of, on images
    large enough for the algorithms that these get.
    """
    if name == "cpu":
        return True
    enlarge = Upsampling(16, 8, 3, padding=1, transposeconvargs=False, scale_factor=2)
    network = Sequential(
        PixelUnshuffle(2),
        Conv2d(12, 8, 3, padding=1),
        Residual(Sequential(Conv2d(8, 16, 2, stride=2), ReLU(), enlarge)),
        Conv2d(8, 12, 3, padding=1),
        PixelShuffle(2),
        Conv2d(3, 6, 3, stride=2, padding=1),
        Upsampling(6, 3, 3, padding=1, transposeconvargs=False, scale_factor=2),
        Sigmoid(),
    )
    image = torch.linspace(-1, 1, 3 * 72 * 72).reshape(1, 3, 72, 72)
    try:
        expected = _outputs(network, image)
        found = _outputs(network.to(device=name), image.to(name))
        # Accelerators work in the background: a failure may show only when results are fetched.
        return all(
            _is_close(theirs.cpu(), ours) for ours, theirs in zip(expected, found, strict=True)
        )
    except (RuntimeError, ScratchError):
        return False


def _is_close(found: torch.Tensor, expected: torch.Tensor) -> bool:
    allowed = SELF_TEST_TOLERANCE * (1 + expected.abs().max())
    return bool((found - expected).abs().max() <= allowed)


def _outputs(network: Sequential, image: torch.Tensor) -> list[torch.Tensor]:
    network.zero_grad()
    output = network.forward(image)
    gradient = network.backward(output)
    return [output, gradient, *(gradient.clone() for _, gradient in network.param())]
