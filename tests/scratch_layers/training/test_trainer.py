"""The course of a run: events, limits, validation, what is learned."""

import pytest
import torch

from scratch_layers.errors import ArgumentError, DeviceError, WeightsError
from scratch_layers.training.checkpoint import load_checkpoint
from scratch_layers.training.events import (
    CheckpointSaved,
    FileSkipped,
    Finished,
    LayersMeasured,
    Started,
    StepDone,
    Validated,
    read_events,
)
from scratch_layers.training.progress import Sitting
from scratch_layers.training.trainer import Trainer
from scratch_layers.training.workers import SingleWorker


def kinds(events):
    return [type(event).__name__ for event in events]


def test_a_run_tells_its_course(tiny_run):
    events = list(tiny_run.trainer(steps=5, validate_every=4).run())
    assert kinds(events)[:2] == ["Started", "CheckpointSaved"]
    assert isinstance(events[0], Started)
    assert [event.step for event in events if isinstance(event, StepDone)] == [1, 2, 3, 4, 5]
    assert [event.step for event in events if isinstance(event, Validated)] == [4, 5]
    assert events[-1] == Finished(5, "steps")
    assert events[-2] == CheckpointSaved(5, str(tiny_run.folder / "run" / "last.safetensors"))


def test_layers_are_measured_as_the_backward_pass_left_them(tiny_run):
    measured = []
    for name, clip_norm in (("clipped", 1e-3), ("free", None)):
        trainer = tiny_run.trainer(name, steps=1, clip_norm=clip_norm, learning_rate=1e-12)
        measured += [event for event in trainer.run() if isinstance(event, LayersMeasured)]
    clipped, free = measured
    assert clipped.gradient_norms == pytest.approx(free.gradient_norms, rel=1e-4)
    weights = trainer.denoiser.network.state_dict()
    assert [f"{name.split()[0]}.weight" in weights for name in free.layers]
    assert sum(map(sum, free.weight_counts)) == sum(value.numel() for value in weights.values())
    first = free.layers[0].split()[0]
    values = torch.cat([weights[f"{first}.{part}"].flatten() for part in ("weight", "bias")])
    assert free.weight_limits[0] == pytest.approx(float(values.abs().max()))
    bins, limit = len(free.weight_counts[0]), free.weight_limits[0]
    assert free.weight_counts[0] == pytest.approx(values.histc(bins, -limit, limit).tolist(), abs=1)


def test_layers_are_measured_ever_more_seldom():
    sitting = Sitting()
    looks = [second for second in range(3600) if sitting.is_look_due(float(second))]
    assert looks[:50] == list(range(50))
    assert len(looks) < 270
    assert looks[-1] > 3500


def test_a_tiny_network_learns_to_remove_noise(tiny_run):
    trainer = tiny_run.trainer(
        configuration={"widths": [16], "blocks": 1},
        steps=200,
        validate_every=200,
        learning_rate=1e-2,
        batch_size=4,
    )
    noisy, _, clean = trainer.restored_examples(1)[0]
    noisy_psnr = -10 * float((noisy - clean).square().mean().log10())
    [validated] = [event for event in trainer.run() if isinstance(event, Validated)]
    assert validated.psnr > noisy_psnr + 2
    assert validated.ssim > 0.8


@pytest.mark.parametrize(
    "recipe",
    [
        {"optimizer": "adamw", "weight_decay": 0.01, "loss": "charbonnier"},
        {"optimizer": "muon", "learning_rate": 0.01},
        {"optimizer": "sgd", "momentum": 0.9, "learning_rate": 0.05, "loss": "mse"},
        {"schedule": "plateau", "clip_norm": None, "average_decay": 0.0},
    ],
)
def test_every_recipe_lowers_the_loss(tiny_run, recipe):
    events = list(tiny_run.trainer(steps=60, validate_every=60, **recipe).run())
    losses = [event.loss for event in events if isinstance(event, StepDone)]
    assert sum(losses[-20:]) < 0.9 * sum(losses[:20])


def test_rounded_products_learn_as_fast_as_exact_ones(tiny_run):
    curves = []
    for precision in ("float32", "bfloat16"):
        wide = {"widths": [8, 16], "blocks": 1}
        run = tiny_run.trainer(precision, steps=60, configuration=wide, precision=precision)
        losses = [event.loss for event in run.run() if isinstance(event, StepDone)]
        curves.append([sum(losses[first : first + 20]) for first in range(0, 60, 20)])
    exact, rounded = curves
    assert rounded != exact
    assert rounded == pytest.approx(exact, rel=0.02)
    assert rounded[-1] < 0.95 * rounded[0]


def test_an_architecture_that_predicts_the_image_trains_too(tiny_run):
    trainer = tiny_run.trainer(
        architecture="paper", configuration={}, loss="mse", learning_rate=3e-2, steps=120
    )
    losses = [event.loss for event in trainer.run() if isinstance(event, StepDone)]
    assert sum(losses[-20:]) < 0.9 * sum(losses[:20])


def test_a_time_limit_ends_the_run(tiny_run):
    events = list(tiny_run.trainer(steps=None, minutes=0.3 / 60).run())
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "minutes"
    assert events[-1].step > 0


def test_no_improvement_ends_the_run(tiny_run):
    trainer = tiny_run.trainer(
        steps=100, schedule="constant", learning_rate=1e-30, validate_every=2, patience=2
    )
    events = list(trainer.run())
    assert events[-1] == Finished(6, "no improvement")
    assert [event.is_best for event in events if isinstance(event, Validated)] == [
        True, False, False,
    ]  # fmt: skip


def test_the_best_checkpoint_is_kept_apart_from_the_last(tiny_run):
    trainer = tiny_run.trainer(
        steps=6, schedule="constant", learning_rate=1e-30, validate_every=2, average_decay=0.0
    )
    list(trainer.run())
    folder = tiny_run.folder / "run"
    assert load_checkpoint(folder / "best.safetensors").progress.step == 2
    assert load_checkpoint(folder / "last.safetensors").progress.step == 6


def test_without_validation_pictures_a_run_goes_to_its_end(tiny_run):
    events = list(tiny_run.trainer(steps=5, examples=[]).run())
    assert events[-1] == Finished(5, "steps")
    assert "Validated" not in kinds(events)


def test_reported_photos_are_told_and_written_down(tiny_run):
    trainer = tiny_run.trainer(steps=2)
    trainer.report_skipped("small.png", "It is too small.")
    assert FileSkipped(0, "small.png", "It is too small.") in list(trainer.run())
    logged = read_events(tiny_run.folder / "run")
    assert [event.name for event in logged if isinstance(event, FileSkipped)] == ["small.png"]


def test_an_error_while_a_batch_is_made_ends_the_run(tiny_run):
    class Failing:
        def batch(self, step, attempt=0, share=(0, 1)):
            raise ArgumentError("planted")

    with pytest.raises(ArgumentError, match="planted"):
        list(tiny_run.trainer(batches=Failing()).run())


def test_a_checkpoint_of_another_network_is_refused_in_one_sentence(tiny_run):
    list(tiny_run.trainer(steps=2).run())
    with pytest.raises(WeightsError) as caught:
        tiny_run.trainer(steps=2, configuration={"widths": [4, 8], "blocks": 1})
    assert "is of the network photo-unet" in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_a_checkpoint_of_another_optimizer_is_refused(tiny_run):
    list(tiny_run.trainer(steps=2).run())
    with pytest.raises(WeightsError, match="not the state of SGD"):
        tiny_run.trainer(steps=2, optimizer="sgd")


def test_a_device_that_disappears_is_named(tiny_run, monkeypatch):
    trainer = tiny_run.trainer(steps=5)
    events = trainer.run()
    next(events)
    monkeypatch.setattr(trainer, "_device", torch.device("cuda:3"))

    def lost(*_arguments):
        raise RuntimeError("CUDA error: device lost")

    monkeypatch.setattr(trainer._state.learner, "step", lost)
    with pytest.raises(DeviceError, match=r"cuda:3 stopped working.*resume the run to go on"):
        list(events)
    assert load_checkpoint(tiny_run.folder / "run" / "last.safetensors").progress.step == 0


def test_a_batch_that_processes_cannot_share_evenly_is_refused(tiny_run):
    class ThreeWorkers(SingleWorker):
        count = 3

    config = tiny_run.config(batch_size=4)
    with pytest.raises(ArgumentError, match="batch of 4 cannot be divided evenly among 3"):
        Trainer(config, tiny_run.batches(config), [], tiny_run.folder, workers=ThreeWorkers())
