"""A denoising network as a differentiable function from noisy patches to clean ones."""

from __future__ import annotations

from torch import Tensor

from scratch_layers.models.denoiser import Denoiser


class Restorer:
    """What training and validation need of a denoiser: the clean estimate and its derivative."""

    def __init__(self, denoiser: Denoiser) -> None:
        self.network = denoiser.network
        self._denoiser = denoiser
        self._predicts_noise = denoiser.architecture.predicts == "noise"

    def forward(self, noisy: Tensor, sigma: Tensor) -> Tensor:
        """Estimate the clean patches.

        Args:
            noisy: (B, 3, H, W) in [0, 1], height and width multiples of the network's size rule.
            sigma: (B,) noise levels in [0, 1] units.

        Returns:
            (B, 3, H, W), not clamped.
        """
        output = self.network(self._denoiser.network_input(noisy, sigma))
        return self._denoiser.clean_image(noisy, output)

    def backward(self, gradient: Tensor) -> None:
        """Accumulate parameter gradients, given the gradient with respect to the estimate."""
        self.network.backward(-gradient if self._predicts_noise else gradient)
