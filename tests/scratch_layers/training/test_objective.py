"""Losses of batches and their gradients."""

import pytest
import torch

from scratch_layers.data.batches import Batch
from scratch_layers.data.subsampling import diagonal_pair, neighbour_pair
from scratch_layers.errors import ArgumentError
from scratch_layers.models.denoiser import Denoiser
from scratch_layers.training.objective import Restorer, make_objective

CONFIGURATION = {"widths": [4], "blocks": 1}


@pytest.fixture
def restorer():
    torch.manual_seed(0)
    denoiser = Denoiser.create("photo-unet", CONFIGURATION).to(dtype=torch.float64)
    return Restorer(denoiser)


def random_batch():
    generator = torch.Generator().manual_seed(1)
    noisy, target = torch.rand(2, 2, 3, 8, 8, generator=generator, dtype=torch.float64)
    sigma = torch.tensor([0.1, 0.2], dtype=torch.float64)
    return Batch(noisy, target, sigma, torch.randint(8, (2, 4, 4), generator=generator))


def estimate(restorer, noisy, sigma):
    restorer.network.eval()
    result = restorer.forward(noisy, sigma)
    restorer.network.train()
    return result


def squares(first, second):
    return float((first - second).square().mean())


def derivative_along(restorer, objective, batch, part_done=0.5):
    """The change of the loss along a random direction: by differences, and by the gradient."""
    generator = torch.Generator().manual_seed(2)
    pairs = restorer.network.param()
    direction = [
        torch.randn(value.shape, generator=generator, dtype=value.dtype) for value, _ in pairs
    ]
    losses = []
    for shift in (1e-5, -2e-5):
        for (value, _), step in zip(pairs, direction, strict=True):
            value.add_(step, alpha=shift)
        losses.append(float(objective.accumulate(batch, part_done)))
    for (value, _), step in zip(pairs, direction, strict=True):
        value.add_(step, alpha=1e-5)
    restorer.network.zero_grad()
    objective.accumulate(batch, part_done)
    by_gradient = sum(
        float((gradient * step).sum()) for (_, gradient), step in zip(pairs, direction, strict=True)
    )
    return (losses[0] - losses[1]) / 2e-5, by_gradient


@pytest.mark.parametrize("loss", ["mse", "charbonnier"])
def test_the_gradient_of_the_supervised_loss_is_right(restorer, loss):
    objective = make_objective("supervised", restorer, loss)
    by_differences, by_gradient = derivative_along(restorer, objective, random_batch())
    assert by_gradient == pytest.approx(by_differences, rel=1e-4)


def test_the_gradient_of_zero_shot_goes_through_both_estimates(restorer):
    objective = make_objective("zero-shot", restorer, "l1")
    by_differences, by_gradient = derivative_along(restorer, objective, random_batch())
    assert by_gradient == pytest.approx(by_differences, rel=1e-6)


def test_the_zero_shot_loss_is_that_of_the_paper(restorer):
    batch = random_batch()
    loss = make_objective("zero-shot", restorer, "l1").accumulate(batch, 0.0)
    halves = diagonal_pair(batch.noisy)
    whole = diagonal_pair(estimate(restorer, batch.noisy, batch.sigma))
    first, second = (estimate(restorer, half, batch.sigma / 2**0.5) for half in halves)
    residual = squares(first, halves[1]) + squares(second, halves[0])
    consistency = squares(first, whole[0]) + squares(second, whole[1])
    assert float(loss) == pytest.approx((residual + consistency) / 2)


def test_the_neighbour_loss_is_that_of_the_paper(restorer):
    batch = random_batch()
    objective = make_objective("neighbor2neighbor", restorer, "l1")
    first, second = neighbour_pair(batch.noisy, batch.choices)
    whole = neighbour_pair(estimate(restorer, batch.noisy, batch.sigma), batch.choices)
    guess = estimate(restorer, first, batch.sigma)
    reconstruction = squares(guess, second)
    regulariser = squares(guess - second, whole[0] - whole[1])
    for part_done in (0.0, 0.25, 1.0):
        loss = float(objective.accumulate(batch, part_done))
        assert loss == pytest.approx(reconstruction + 2 * part_done * regulariser)


def test_the_neighbour_gradient_takes_the_whole_estimate_as_given(restorer):
    batch = random_batch()
    objective = make_objective("neighbor2neighbor", restorer, "l1")
    first, second = neighbour_pair(batch.noisy, batch.choices)
    whole = neighbour_pair(estimate(restorer, batch.noisy, batch.sigma), batch.choices)

    class WithFixedWhole:
        def accumulate(self, _batch, part_done):
            guess = restorer.forward(first, batch.sigma)
            error = guess - second
            pull = error - (whole[0] - whole[1])
            weight = 2 * part_done
            restorer.backward((error + weight * pull) * 2 / error.numel())
            return error.square().mean() + weight * pull.square().mean()

    by_differences, by_gradient = derivative_along(restorer, WithFixedWhole(), batch)
    assert by_gradient == pytest.approx(by_differences, rel=1e-6)
    expected = [gradient.clone() for _, gradient in restorer.network.param()]
    restorer.network.zero_grad()
    objective.accumulate(batch, 0.5)
    for (_, gradient), other in zip(restorer.network.param(), expected, strict=True):
        assert torch.allclose(gradient, other)


def test_neighbours_need_choices(restorer):
    batch = random_batch()
    batch = Batch(batch.noisy, batch.target, batch.sigma)
    with pytest.raises(ArgumentError, match="needs a batch with choices"):
        make_objective("neighbor2neighbor", restorer, "l1").accumulate(batch, 0.0)
