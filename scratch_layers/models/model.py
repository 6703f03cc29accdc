"""The interface of the EPFL deep-learning project: train on noisy pairs, predict on 0-255."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ShapeError, WeightsError
from scratch_layers.losses import MSE
from scratch_layers.models.denoiser import Denoiser
from scratch_layers.models.model_files import load_model, pretrained_model
from scratch_layers.optim import SGD
from scratch_layers.optimizer import Optimizer

PEAK = 255.0


class Model:
    r"""The paper's denoiser for small images, learned without ever seeing a clean one.

    Trained on two noisy versions of every image, :math:`\min_\theta E\,(f_\theta(y_1) - y_2)^2`
    has the same solution as training on clean targets, as the noise of :math:`y_2` has mean zero.

    Args:
        learning_rate: of plain stochastic gradient descent, not negative; by default the paper's
            largest.
        batch_size: images in a step.
        seed: of the initial weights and of the order of the images.
        device: where the network lives.

    Raises:
        ArgumentError: ``batch_size`` is less than 1, or ``learning_rate`` negative.

    Source: Lehtinen et al., "Noise2Noise" (ICML 2018).
    """

    def __init__(
        self,
        learning_rate: float = 0.4,
        batch_size: int = 32,
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> None:
        if batch_size < 1:
            raise ArgumentError(f"batch_size must be at least 1, not {batch_size}.")
        self.batch_size = batch_size
        self.optimizer: Optimizer = SGD(lr=learning_rate)
        self.loss = MSE()
        self._order = torch.Generator().manual_seed(seed)
        # Draw the weights from the seed without disturbing the generator of the caller.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.denoiser = Denoiser.create("paper").to(device)

    def load_pretrained_model(self, path: Path | str | None = None) -> None:
        """Take over a trained network, by default the shipped ``miniproject`` model.

        Args:
            path: a model's weights file or card; its network may be of any width and depth, but
                must predict images without being told the noise level.

        Raises:
            WeightsError: the model is missing, damaged, or of another kind.
        """
        path = pretrained_model("miniproject") if path is None else Path(path)
        denoiser, _ = load_model(path, self.denoiser.device)
        if denoiser.architecture.takes_noise_level or denoiser.architecture.predicts != "image":
            raise WeightsError(
                f"The model {path} is of architecture '{denoiser.architecture.name}'; "
                "this interface needs one that predicts images from images alone."
            )
        self.denoiser = denoiser
        self.optimizer.forget()

    def train(self, train_input: Tensor, train_target: Tensor, num_epochs: int) -> list[float]:
        """Learn from pairs of noisy images, going on from the present weights.

        Args:
            train_input: (N, 3, H, W), uint8 or floating point on 0-255; H and W multiples of 4.
            train_target: other noisy versions of the same images, in the same shape.
            num_epochs: how often to go through all images.

        Returns:
            The mean loss of every epoch, on images in [0, 1].

        Raises:
            ShapeError: the two tensors do not match or have a shape that cannot be used.
            ArgumentError: ``num_epochs`` is negative, or the images lie between 0 and 1.
        """
        self._check_pairs(train_input, train_target)
        if num_epochs < 0:
            raise ArgumentError(f"num_epochs must not be negative, it is {num_epochs}.")
        self.denoiser.network.train()
        try:
            return [self._train_epoch(train_input, train_target) for _ in range(num_epochs)]
        finally:
            self.denoiser.network.eval()

    def predict(self, test_input: Tensor) -> Tensor:
        """Remove the noise of images.

        Args:
            test_input: (N, 3, H, W), uint8 or floating point on 0-255, any size.

        Returns:
            (N, 3, H, W) float32 on 0-255.

        Raises:
            ShapeError: the images have another shape.
        """
        cleaned = torch.empty(test_input.shape, dtype=torch.float32, device=test_input.device)
        for start in range(0, len(test_input), self.batch_size):
            noisy = self._normalised(test_input[start : start + self.batch_size])
            clean = self.denoiser.denoise(noisy, 0.0)
            cleaned[start : start + self.batch_size] = clean.clamp(0, 1) * PEAK
        return cleaned

    @torch.inference_mode()
    def _train_epoch(self, train_input: Tensor, train_target: Tensor) -> float:
        network, total = self.denoiser.network, 0.0
        order = torch.randperm(len(train_input), generator=self._order)
        for start in range(0, len(order), self.batch_size):
            chosen = order[start : start + self.batch_size].to(train_input.device)
            prediction = network(self._normalised(train_input[chosen]))
            loss = self.loss(prediction, self._normalised(train_target[chosen]))
            network.zero_grad()
            network.backward(self.loss.backward())
            self.optimizer.step(network.param())
            total += float(loss) * len(chosen)
        return total / len(train_input)

    def _normalised(self, images: Tensor) -> Tensor:
        return images.to(self.denoiser.device, self.denoiser.dtype) / PEAK

    def _check_pairs(self, train_input: Tensor, train_target: Tensor) -> None:
        if train_input.shape != train_target.shape:
            raise ShapeError(
                f"train_input has shape {tuple(train_input.shape)}, but train_target "
                f"{tuple(train_target.shape)}."
            )
        multiple = self.denoiser.size_multiple
        if (
            train_input.dim() != 4
            or not train_input.numel()
            or train_input.shape[1] != 3
            or any(size % multiple for size in train_input.shape[2:])
        ):
            raise ShapeError(
                "Training needs images of shape (N, 3, H, W), H and W multiples of "
                f"{multiple}, not {tuple(train_input.shape)}."
            )
        for name, images in (("train_input", train_input), ("train_target", train_target)):
            largest = float(images.max())
            if images.is_floating_point() and 0 < largest <= 1:
                raise ArgumentError(
                    f"Training takes images on 0-255, but in {name} the largest is {largest:g}; "
                    "multiply images between 0 and 1 by 255."
                )
