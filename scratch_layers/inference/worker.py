"""Denoising windows where the network lives, and on the processor where that does not work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from scratch_layers.errors import OutputError, ScratchError
from scratch_layers.functional.memory import Pool, recycling
from scratch_layers.inference.failures import (
    defect,
    is_allocation_failure,
    is_finite,
    short_reason,
)
from scratch_layers.interruption import interruptible
from scratch_layers.models.denoiser import Denoiser

WRONG_TILES_ALLOWED = 3
"""A device that gave so many wrong tiles gets no more."""

Trouble: TypeAlias = tuple[Literal["memory", "device", "output"], str]
"""What went wrong, and what the system or the check said about it."""

Outcome: TypeAlias = tuple[Tensor | None, Trouble | None]
"""A clean window, and what went wrong on the way to it."""


class Worker:
    """Runs a denoiser, checks what comes out, and knows how to do it on the processor instead.

    A device may be gone when its network is wanted elsewhere, so the processor's copy of a network
    that lives on another device is made before the work begins. The memory of a window's
    activations serves the next one.
    """

    def __init__(self, denoiser: Denoiser, cancelled: Callable[[], bool] | None) -> None:
        self._denoiser = denoiser
        self._cancelled = cancelled
        self._wrong_tiles = 0
        self._blocks = Pool()
        self._reference = None if self.on_processor else _copy_on_processor(denoiser)

    @property
    def on_processor(self) -> bool:
        """Whether there is no other device to fall back to."""
        return self._denoiser.device.type == "cpu"

    @property
    def device(self) -> str:
        """Name of the device, for people."""
        return "the processor" if self.on_processor else str(self._denoiser.device)

    def move_to_processor(self) -> None:
        """Compute everything on the processor from now on."""
        assert self._reference is not None
        self._denoiser, self._reference = self._reference, None

    def denoise(self, window: Tensor, sigma: float | Tensor) -> Outcome:
        """Denoise a window (B, C, H, W) in [0, 1], with sides of multiples of the network's.

        Args:
            window: a part of the image, with what the network reads around it.
            sigma: noise level in [0, 1] units, one number, one for each image (B,), or a map
                (B, 1, H, W).

        Returns:
            The clean window (B, C, H, W), not clamped, and what went wrong on the way. Without a
            window the same one can be tried again in another way; after trouble with the output the
            window is the processor's.

        Raises:
            CancelledError: the work was cancelled.
            OutputError: the processor, too, gives values that are not numbers.
        """
        self._blocks.prepare(window[:, 0].numel())
        try:
            with interruptible(self._cancelled), recycling(self._blocks):
                clean = self._denoiser.denoise(window, sigma)
                found = defect(clean, window)
                if found is not None:
                    return self._checked(clean, window, sigma, found)
                return clean, None
        except (MemoryError, RuntimeError) as error:
            trouble = self._trouble(error)
        # Only here, where the exception and its frames are gone, can their memory be given back.
        _give_back_memory(self._denoiser.device)
        return None, trouble

    def _trouble(self, error: MemoryError | RuntimeError) -> Trouble:
        """Name what went wrong; what nobody can help against is raised again."""
        if is_allocation_failure(error):
            return "memory", short_reason(error)
        if self.on_processor or isinstance(error, ScratchError):
            raise error
        return "device", short_reason(error)

    def _checked(self, clean: Tensor, window: Tensor, sigma: float | Tensor, found: str) -> Outcome:
        """Compute a suspicious window again on the processor, in full precision."""
        reference = self._reference
        if reference is None and self._denoiser.dtype.itemsize < 4:
            reference = _on_processor(self._denoiser)
        again = clean if reference is None else reference.denoise(window, sigma)
        remaining = defect(again, window)
        if remaining is not None and not is_finite(again):
            raise OutputError(
                "The network's output holds values that are not numbers; choose another model."
            )
        if remaining == found:
            # The network really does this to this picture.
            return clean, None
        self._wrong_tiles += 1
        return again, ("output", found)

    @property
    def is_untrustworthy(self) -> bool:
        """Whether the device has given too many wrong tiles."""
        return not self.on_processor and self._wrong_tiles >= WRONG_TILES_ALLOWED


_copies: WeakKeyDictionary[Denoiser, Denoiser] = WeakKeyDictionary()


def _copy_on_processor(denoiser: Denoiser) -> Denoiser:
    """Return a fresh copy, or, where the device is gone already, the one made the last time."""
    try:
        _copies[denoiser] = _on_processor(denoiser)
    except RuntimeError:
        if denoiser not in _copies:
            raise
    return _copies[denoiser]


def _on_processor(denoiser: Denoiser) -> Denoiser:
    """Return a denoiser with the same weights on the processor, in at least 32 bits."""
    network = denoiser.architecture.build(**denoiser.configuration)
    network.to("cpu", denoiser.dtype if denoiser.dtype.itemsize >= 4 else torch.float32)
    weights = denoiser.network.state_dict()
    network.load_state_dict({name: value.to("cpu") for name, value in weights.items()})
    network.eval()
    return Denoiser(denoiser.architecture, denoiser.configuration, network, denoiser.passes)


def _give_back_memory(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
