"""What a network is told while it learns to judge for itself."""

import torch

from scratch_layers.data.corruption import BLIND_SHARE, HIGHEST_HINT, LOWEST_HINT, draw_hint
from scratch_layers.data.seeding import derived_generator


def test_hints_are_a_part_of_the_true_change_or_missing():
    generator = derived_generator(1)
    target = torch.zeros(3, 4, 4)
    noisy = torch.full((3, 4, 4), 0.1)
    hints = [draw_hint(noisy, target, generator) / 0.1 for _ in range(400)]
    told = [hint for hint in hints if hint > 0]
    assert 0.5 * BLIND_SHARE < 1 - len(told) / 400 < 1.5 * BLIND_SHARE
    assert LOWEST_HINT - 1e-6 <= min(told) < LOWEST_HINT + 0.05
    assert HIGHEST_HINT - 0.05 < max(told) <= HIGHEST_HINT + 1e-6
