"""Random generators derived from their purpose."""

import torch

from scratch_layers.data.seeding import (
    derived_generator,
    derived_seed,
    random_integer,
    random_uniform,
)


def test_the_seed_is_a_known_function_of_its_purpose():
    # Fixed for good: another value would change the course of every run that is resumed.
    assert derived_seed(1, "patch", 0, 7) == 5132597396127555649


def test_neighbouring_purposes_get_different_seeds():
    seeds = {derived_seed(seed, "patch", step) for seed in range(10) for step in range(100)}
    assert len(seeds) == 1000


def test_text_and_number_of_the_same_looks_are_different_purposes():
    assert derived_seed(1) != derived_seed("1")


def test_equal_purposes_draw_equal_numbers():
    first = torch.rand(5, generator=derived_generator(3, "noise"))
    second = torch.rand(5, generator=derived_generator(3, "noise"))
    assert torch.equal(first, second)


def test_numbers_stay_within_their_bounds():
    generator = derived_generator(1)
    integers = {random_integer(3, generator) for _ in range(100)}
    numbers = [random_uniform(2.0, 5.0, generator) for _ in range(100)]
    assert integers == {0, 1, 2}
    assert min(numbers) >= 2.0
    assert max(numbers) < 5.0
    assert max(numbers) - min(numbers) > 2.0
