"""Batches of pairs."""

import pytest
import torch

from scratch_layers.data.photo_batches import PairBatches, noise_level_of_pair
from scratch_layers.data.sources import TensorPhotos
from scratch_layers.errors import ShapeError


def photos(count=6, height=20, width=24):
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (count, 3, height, width), generator=generator).to(torch.uint8)


def pair_batches(**changes):
    first = photos()
    second = (first.int() + 1).clamp(0, 255).to(torch.uint8)
    arguments = {"batch_size": 4, "patch_size": 16, "seed": 1, **changes}
    return PairBatches(TensorPhotos(first), TensorPhotos(second), **arguments)


def test_both_shots_of_a_pair_are_cut_and_turned_alike():
    batch = pair_batches(swap=False).batch(0)
    difference = (batch.target - batch.noisy) * 255
    assert bool(((difference.round() == 1) | (batch.target == 1)).all())


def test_swapping_exchanges_input_and_target_now_and_then():
    batches = pair_batches(swap=True)
    directions = {
        bool((batch.target >= batch.noisy).all())
        for batch in (batches.batch(step, share=(0, 4)) for step in range(20))
    }
    assert directions == {True, False}


def test_whole_pictures_can_be_pairs():
    first = photos(2)
    batch = PairBatches(
        TensorPhotos(first), TensorPhotos(first), 2, None, seed=1, swap=False, augment=False
    ).batch(0)
    pictures = sorted((batch.noisy * 255).round().to(torch.uint8).flatten(1).tolist())
    assert pictures == sorted(first.flatten(1).tolist())


def test_pairs_of_different_sizes_are_passed_over_and_named():
    inputs = [*photos(3), torch.zeros(3, 30, 30)]
    targets = [*photos(3), torch.zeros(3, 31, 30)]
    batches = PairBatches(TensorPhotos(inputs), TensorPhotos(targets), 4, 16, seed=1)
    told = []
    batches.listen_for_skipped(lambda name, reason: told.append((name, reason)))
    batches.batch(0)
    assert told == [
        (
            "photo 3",
            "Photos of one scene must have one size, but one has 30x30 pixels and another 30x31.",
        )
    ]


def test_unequal_numbers_of_inputs_and_targets_are_refused():
    with pytest.raises(ShapeError, match="3 inputs and 2 targets"):
        PairBatches(TensorPhotos(photos(3)), TensorPhotos(photos(2)), 2, 16, seed=1)


def test_the_noise_level_of_a_pair_is_found_from_the_difference():
    generator = torch.Generator().manual_seed(1)
    clean = torch.rand(1, 3, 64, 64, generator=generator)
    shots = [clean + 0.1 * torch.randn(clean.shape, generator=generator) for _ in range(2)]
    assert float(noise_level_of_pair(*shots, both_noisy=True)) == pytest.approx(0.1, rel=0.03)
    assert float(noise_level_of_pair(shots[0], clean, both_noisy=False)) == pytest.approx(
        0.1, rel=0.03
    )
