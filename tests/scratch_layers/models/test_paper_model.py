"""The EPFL project's interface: train on noisy pairs, load, predict, all on 0-255."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from scratch_layers.errors import ArgumentError, ShapeError, WeightsError
from scratch_layers.models import Denoiser, Model, ModelCard, parameter_count, save_model
from scratch_layers.optim import SGD, Adam

CARD = ModelCard(name="miniproject", title="For a test")


@pytest.fixture
def pairs() -> tuple[Tensor, Tensor, Tensor]:
    """Sixty-four smooth thumbnails: two noisy versions and the truth."""
    generator = torch.Generator().manual_seed(5)
    corners = torch.rand(64, 3, 2, 2, generator=generator) * 255
    ramp = torch.linspace(0, 1, 16)
    blend = torch.stack([1 - ramp, ramp], 1)
    clean = torch.einsum("yi,ncij,xj->ncyx", blend, corners, blend)

    def noisy() -> Tensor:
        noise = 25 * torch.randn(clean.shape, generator=generator)
        return (clean + noise).clamp(0, 255).round().to(torch.uint8)

    return noisy(), noisy(), clean


def test_training_lowers_the_loss_and_the_error(pairs: tuple[Tensor, Tensor, Tensor]) -> None:
    noisy, target, clean = pairs
    model = Model(learning_rate=3.0, batch_size=8)
    before = float((model.predict(noisy) - clean).square().mean())
    losses = model.train(noisy, target, num_epochs=12)
    after = float((model.predict(noisy) - clean).square().mean())
    assert len(losses) == 12
    # A constant image, the mean of all, would reach 0.98 of the first loss.
    assert losses[-1] < 0.9 * losses[0]
    assert after < 0.9 * before


def test_bytes_and_floats_train_alike_and_the_seed_decides(
    pairs: tuple[Tensor, Tensor, Tensor],
) -> None:
    noisy, target, _ = pairs
    torch.manual_seed(11)
    state_of_caller = torch.get_rng_state()
    results = [
        Model(seed=4).train(noisy, target, 2),
        Model(seed=4).train(noisy.float(), target.double(), 2),
        Model(seed=5).train(noisy, target, 2),
    ]
    assert results[0] == pytest.approx(results[1], rel=1e-5)
    assert results[0] != results[2]
    assert torch.equal(torch.get_rng_state(), state_of_caller)


def test_every_image_is_used_once_an_epoch_in_an_order_that_changes(
    pairs: tuple[Tensor, Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    noisy, target, _ = pairs
    model = Model(batch_size=10)
    seen: list[Tensor] = []
    normalised = model._normalised

    def watch(images: Tensor) -> Tensor:
        seen.append(images)
        return normalised(images)

    monkeypatch.setattr(model, "_normalised", watch)
    model.train(noisy, target, 2)
    assert [len(images) for images in seen[:2]] == [10, 10]
    inputs = torch.cat(seen[0::2]).split(len(noisy))
    targets = torch.cat(seen[1::2]).split(len(noisy))
    places = [
        [int((noisy == image).flatten(1).all(1).nonzero()) for image in epoch] for epoch in inputs
    ]
    for order, epoch in zip(places, targets, strict=True):
        assert sorted(order) == list(range(len(noisy)))
        assert torch.equal(target[order], epoch)
    assert places[0] != places[1]


@pytest.mark.parametrize("shape", [(3, 3, 32, 32), (70, 3, 5, 7), (0, 3, 32, 32), (1, 3, 1, 1)])
def test_prediction_keeps_shape_and_range(shape: tuple[int, ...]) -> None:
    predicted = Model().predict(torch.randint(0, 256, shape, dtype=torch.uint8))
    assert predicted.shape == shape
    assert predicted.dtype == torch.float32
    if predicted.numel():
        assert float(predicted.min()) >= 0
        assert float(predicted.max()) <= 255
        assert float(predicted.max()) > 1


def test_a_prediction_does_not_depend_on_its_batch() -> None:
    images = torch.rand(40, 3, 16, 16) * 255
    model = Model()
    together = model.predict(images)
    alone = torch.cat([model.predict(image[None]) for image in images])
    torch.testing.assert_close(together, alone, atol=1e-3, rtol=0)


def test_a_trained_model_of_any_width_is_taken_over(tmp_path: Path) -> None:
    trained = Denoiser.create("miniproject", {"widths": [8], "blocks": 1})
    save_model(tmp_path, trained, CARD)
    model = Model()
    model.load_pretrained_model(tmp_path / "miniproject.safetensors")
    assert parameter_count(model.denoiser.network) == parameter_count(trained.network)
    image = torch.rand(1, 3, 8, 8)
    torch.testing.assert_close(model.predict(image * 255) / 255, trained.denoise(image, 0))


def test_the_shipped_model_is_found_beside_the_package_or_in_the_application(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = (tmp_path / "pretrained", tmp_path / "desktop_app" / "_pretrained")
    monkeypatch.setattr("scratch_layers.models.model_files._FOLDERS", folders)
    with pytest.raises(WeightsError, match="no pretrained model 'miniproject'"):
        Model().load_pretrained_model()
    folders[1].mkdir(parents=True)
    trained = Denoiser.create("paper")
    save_model(folders[1], trained, CARD)
    model = Model(seed=3)
    model.load_pretrained_model()
    first, second = (d.network.state_dict()["0.weight"] for d in (model.denoiser, trained))
    assert torch.equal(first, second)


def test_a_model_that_needs_the_noise_level_is_refused(tmp_path: Path) -> None:
    photo = Denoiser.create("photo-unet", {"widths": [4], "blocks": 1})
    save_model(tmp_path, photo, replace(CARD, name="photo"))
    model = Model()
    kept = model.denoiser
    with pytest.raises(WeightsError, match="'photo-unet'"):
        model.load_pretrained_model(tmp_path / "photo.json")
    assert model.denoiser is kept


@pytest.mark.parametrize(
    ("inputs", "targets", "sentence"),
    [
        ((4, 3, 32, 32), (5, 3, 32, 32), "but train_target"),
        ((4, 1, 32, 32), (4, 1, 32, 32), r"\(N, 3, H, W\)"),
        ((4, 3, 30, 32), (4, 3, 30, 32), "multiples of 4"),
        ((0, 3, 32, 32), (0, 3, 32, 32), r"not \(0, 3, 32, 32\)"),
    ],
)
def test_images_that_cannot_be_trained_on_are_refused(
    inputs: tuple[int, ...], targets: tuple[int, ...], sentence: str
) -> None:
    with pytest.raises(ShapeError, match=sentence):
        Model().train(torch.zeros(inputs), torch.zeros(targets), 1)


def test_arguments_out_of_range_are_refused() -> None:
    image = torch.zeros(1, 3, 8, 8)
    with pytest.raises(ArgumentError, match="it is -1"):
        Model().train(image, image, -1)
    with pytest.raises(ArgumentError, match="batch_size"):
        Model(batch_size=0)


def test_training_goes_on_after_other_weights_were_taken_over(
    pairs: tuple[Tensor, Tensor, Tensor], tmp_path: Path
) -> None:
    wider = Denoiser.create("miniproject", {"widths": [8], "blocks": 1})
    save_model(tmp_path, wider, CARD)
    for optimizer in (SGD(0.1), Adam()):
        model = Model()
        model.optimizer = optimizer
        model.train(*pairs[:2], num_epochs=1)
        model.load_pretrained_model(tmp_path / "miniproject.safetensors")
        assert len(model.train(*pairs[:2], num_epochs=1)) == 1


def test_pairs_between_zero_and_one_are_named(pairs: tuple[Tensor, Tensor, Tensor]) -> None:
    noisy, target = (images / 255 for images in pairs[:2])
    with pytest.raises(ArgumentError, match=r"0-255.* largest is 1"):
        Model().train(noisy, target, 1)
    black = torch.zeros_like(noisy)
    assert Model().train(black, black, 1)[0] > 0
