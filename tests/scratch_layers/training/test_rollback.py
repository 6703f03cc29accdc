"""Steps that would spoil the weights are refused."""

from dataclasses import replace

import pytest
import torch

from scratch_layers.errors import StateError
from scratch_layers.training.checkpoint import load_checkpoint
from scratch_layers.training.events import Finished, RolledBack, StepDone, Validated


class Poisoned:
    """Batches of which one, or all from it on, hold a value that is no number."""

    def __init__(self, batches, step, value=float("nan"), attempts=1):
        self.batches = batches
        self.step = step
        self.value = value
        self.attempts = attempts

    def batch(self, step, attempt=0, share=(0, 1)):
        batch = self.batches.batch(step, attempt, share)
        if step == self.step and attempt < self.attempts:
            batch.target[0, 0, 0, 0] = self.value
        return batch


def poisoned_trainer(tiny_run, name="run", step=6, **details):
    batches = Poisoned(tiny_run.batches(tiny_run.config()), step, **details)
    return tiny_run.trainer(name, batches=batches)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_training_returns_to_the_last_good_state_with_half_the_rate(tiny_run, value):
    trainer = poisoned_trainer(tiny_run, value=value)
    events, states = [], {}
    for event in trainer.run():
        events.append(event)
        states[len(events)] = trainer.averaged_weights()
    [rollback] = [event for event in events if isinstance(event, RolledBack)]
    assert (rollback.step, rollback.failed_step, rollback.rate_scale) == (4, 6, 0.5)
    assert "loss was" in rollback.reason
    place = events.index(rollback)
    before = max(index for index in range(place) if isinstance(events[index], Validated))
    good, restored = states[before + 1], states[place + 1]
    assert all(torch.equal(good[name], restored[name]) for name in good)
    steps = [event.step for event in events if isinstance(event, StepDone)]
    assert steps == [1, 2, 3, 4, 5, 6, 5, 6, 7, 8, 9, 10, 11, 12]
    assert events[-1] == Finished(12, "steps")


def test_the_rate_is_halved_from_there_on(tiny_run):
    plain = [event for event in tiny_run.trainer("plain").run() if isinstance(event, StepDone)]
    spoiled = [
        event
        for event in poisoned_trainer(tiny_run, "spoiled").run()
        if isinstance(event, StepDone)
    ]
    assert spoiled[-1].learning_rate == pytest.approx(plain[-1].learning_rate / 2)


def test_a_gradient_that_overflows_is_refused_too(tiny_run, monkeypatch):
    trainer = tiny_run.trainer()
    network = trainer.denoiser.network
    backward = network.backward
    calls = []

    def overflowing(gradient):
        calls.append(gradient)
        return backward(gradient * float("inf") if len(calls) == 3 else gradient)

    monkeypatch.setattr(network, "backward", overflowing)
    rollbacks = [event for event in trainer.run() if isinstance(event, RolledBack)]
    assert [event.failed_step for event in rollbacks] == [2]
    assert "norm of the gradient" in rollbacks[0].reason


def test_a_rolled_back_run_resumes_bit_for_bit(tiny_run):
    list(poisoned_trainer(tiny_run, "whole").run())
    events = poisoned_trainer(tiny_run, "parts").run()
    for event in events:
        if isinstance(event, RolledBack):
            next(events)
            break
    events.close()
    list(poisoned_trainer(tiny_run, "parts").run())
    whole, parts = (
        load_checkpoint(tiny_run.folder / name / "last.safetensors") for name in ("whole", "parts")
    )
    assert whole.progress.attempt == parts.progress.attempt == 1
    assert replace(whole.progress, elapsed_seconds=0) == replace(parts.progress, elapsed_seconds=0)
    assert all(torch.equal(whole.tensors[name], parts.tensors[name]) for name in whole.tensors)


def test_weights_that_overflowed_never_reach_a_checkpoint(tiny_run):
    trainer = tiny_run.trainer()
    rollbacks = []
    for event in trainer.run():
        if isinstance(event, StepDone) and event.step == 8 and not rollbacks:
            next(trainer.denoiser.network.named_parameters())[1].value.fill_(float("nan"))
        if isinstance(event, RolledBack):
            rollbacks.append(event)
    assert [(event.step, event.failed_step) for event in rollbacks] == [(4, 8)]
    last = load_checkpoint(tiny_run.folder / "run" / "last.safetensors")
    assert last.progress.step == 12
    assert all(bool(tensor.isfinite().all()) for tensor in last.tensors.values())


def test_training_that_keeps_failing_ends_with_an_explanation(tiny_run):
    trainer = poisoned_trainer(tiny_run, step=2, attempts=1000)
    with pytest.raises(StateError, match=r"at step 2 because the loss was nan.*10 times"):
        list(trainer.run())
    assert load_checkpoint(tiny_run.folder / "run" / "last.safetensors").progress.step == 0
