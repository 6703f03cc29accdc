"""What a module holds: parameters, which learning changes, and buffers, which it does not."""

from __future__ import annotations

import torch
from torch import Tensor


class Parameter:
    """A tensor that learning changes, together with the gradient of the loss with respect to it.

    Args:
        value: the tensor itself; it stays the same object for the life of the parameter unless
            :meth:`to` moves it to another device or dtype. Of one made in inference mode, which
            nothing could change outside of it, a copy is taken.
    """

    def __init__(self, value: Tensor) -> None:
        # A tensor made in inference mode could not be changed outside of it later.
        with torch.inference_mode(False):
            self.value = value.clone() if value.is_inference() else value
        self._gradient: Tensor | None = None

    @property
    def gradient(self) -> Tensor:
        """The accumulated gradient, shaped like ``value``; zeros before the first backward pass."""
        if self._gradient is None:
            with torch.inference_mode(False):
                self._gradient = torch.zeros_like(self.value)
        return self._gradient

    def zero_grad(self) -> None:
        """Set the gradient to zero, in place."""
        if self._gradient is not None:
            self._gradient.zero_()

    def to(self, device: torch.device | str | None, dtype: torch.dtype | None) -> None:
        """Move value and gradient to ``device`` and ``dtype``; ``None`` leaves either as it is."""
        with torch.inference_mode(False):
            self.value = self.value.to(device=device or self.value.device, dtype=dtype)
            if self._gradient is not None:
                self._gradient = self._gradient.to(device=self.value.device, dtype=dtype)


class Buffer:
    """A tensor that belongs to a module's state but is not learned, such as a running mean.

    Args:
        value: the tensor itself, see :class:`Parameter`.
    """

    def __init__(self, value: Tensor) -> None:
        with torch.inference_mode(False):
            self.value = value.clone() if value.is_inference() else value

    def to(self, device: torch.device | str | None, dtype: torch.dtype | None) -> None:
        """Move to ``device`` and, unless it holds integers, to ``dtype``."""
        dtype = dtype if self.value.is_floating_point() else None
        with torch.inference_mode(False):
            self.value = self.value.to(device=device or self.value.device, dtype=dtype)
