"""Batches of clean photos as pure functions of the step."""

import pytest
import torch

from scratch_layers.data.batches import share_of_batch
from scratch_layers.data.corruption import GaussianNoise
from scratch_layers.data.photo_batches import CleanPhotoBatches
from scratch_layers.data.sources import TensorPhotos, UnreadablePhotoError


class PhotosWithDamage(TensorPhotos):
    """A source in which some photos cannot be loaded."""

    def __init__(self, photos, damaged):
        super().__init__(photos)
        self.damaged = damaged

    def load(self, index):
        if index in self.damaged:
            raise UnreadablePhotoError(f"photo {index} is damaged.")
        return super().load(index)


def photos(count=6, height=20, width=24):
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (count, 3, height, width), generator=generator).to(torch.uint8)


def clean_batches(source=None, seed=1, **changes):
    arguments = {"batch_size": 4, "patch_size": 16, **changes}
    source = source or TensorPhotos(photos())
    return CleanPhotoBatches(source, GaussianNoise(10, 50), seed=seed, **arguments)


def equal(first, second):
    return (
        torch.equal(first.noisy, second.noisy)
        and torch.equal(first.target, second.target)
        and torch.equal(first.sigma, second.sigma)
    )


def test_a_batch_has_the_documented_shapes_and_ranges():
    batch = clean_batches().batch(0)
    assert batch.noisy.shape == batch.target.shape == (4, 3, 16, 16)
    assert batch.sigma.shape == (4,)
    assert batch.noisy.dtype == batch.target.dtype == batch.sigma.dtype == torch.float32
    assert 0 <= batch.target.min() < batch.target.max() <= 1
    assert bool((batch.sigma >= 10 / 255).all() and (batch.sigma < 50 / 255).all())


def test_the_noise_has_the_level_the_batch_names():
    batch = clean_batches(batch_size=6, patch_size=20, source=TensorPhotos(photos())).batch(3)
    measured = (batch.noisy - batch.target).flatten(1).std(1)
    assert measured.tolist() == pytest.approx(batch.sigma.tolist(), rel=0.1)


def test_a_batch_depends_on_seed_step_and_attempt_alone():
    forwards, backwards = clean_batches(), clean_batches()
    first = [forwards.batch(step) for step in range(5)]
    second = [backwards.batch(step) for step in reversed(range(5))][::-1]
    assert all(equal(one, other) for one, other in zip(first, second, strict=True))
    assert not equal(first[0], first[1])
    assert not equal(first[0], clean_batches(seed=2).batch(0))
    assert not equal(first[0], forwards.batch(0, attempt=1))


def test_every_photo_is_learned_from_once_an_epoch():
    values = torch.arange(6, dtype=torch.uint8).view(6, 1, 1, 1).expand(6, 3, 16, 16)
    batches = clean_batches(TensorPhotos(values.contiguous()), batch_size=3)
    epoch = torch.cat([batches.batch(step).target[:, 0, 0, 0] for step in range(2)])
    assert sorted((epoch * 255).round().tolist()) == list(range(6))


def test_the_shares_of_processes_make_up_the_joined_batch():
    whole = clean_batches().batch(2)
    parts = [clean_batches().batch(2, share=(rank, 2)) for rank in range(2)]
    assert torch.equal(whole.noisy[0::2], parts[0].noisy)
    assert torch.equal(whole.noisy[1::2], parts[1].noisy)
    assert sorted([*share_of_batch(3, 4, (0, 2)), *share_of_batch(3, 4, (1, 2))]) == [
        12,
        13,
        14,
        15,
    ]


def test_damaged_and_tiny_photos_are_passed_over_and_named_once():
    source = PhotosWithDamage([*photos(4), torch.zeros(3, 8, 8)], damaged={1})
    told = []
    batches = clean_batches(source)
    batches.listen_for_skipped(lambda name, reason: told.append((name, reason)))
    for step in range(6):
        assert batches.batch(step).noisy.shape == (4, 3, 16, 16)
    assert sorted(told) == [
        ("photo 1", "photo 1 is damaged."),
        ("photo 4", "A photo of 8x8 pixels is smaller than a 16x16 patch."),
    ]


def test_batches_are_the_same_whether_damage_is_known_already_or_not():
    source = PhotosWithDamage(photos(), damaged={0, 3})
    first, second = clean_batches(source), clean_batches(source)
    for step in range(4):
        second.batch(step)
    assert equal(first.batch(4), second.batch(4))


def test_nothing_but_damage_is_an_error():
    with pytest.raises(UnreadablePhotoError, match="None of the photos"):
        clean_batches(PhotosWithDamage(photos(2), damaged={0, 1})).batch(0)
