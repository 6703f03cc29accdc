"""Learning rates over a run."""

import pytest

from scratch_layers.training.checkpoint import Rates
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.progress import Progress


def test_the_cosine_schedule_rises_and_falls_over_the_steps():
    rates = Rates(TrainingConfig(steps=100, learning_rate=1.0, warmup=0.1))
    course = [rates.rate(Progress(step=step)) for step in range(100)]
    assert course[:11] == sorted(course[:11])
    assert course[11:] == sorted(course[11:], reverse=True)
    assert 0 < course[0] < 0.1
    assert max(course) > 0.99
    assert 0 < course[-1] < 1e-3


def test_a_time_limit_moves_the_schedule_by_time():
    rates = Rates(TrainingConfig(minutes=2, learning_rate=1.0, warmup=0.0))
    assert rates.rate(Progress(step=500, elapsed_seconds=60)) == pytest.approx(0.5, abs=1e-4)
    assert rates.end_reason(Progress(elapsed_seconds=119.9)) is None
    assert rates.end_reason(Progress(elapsed_seconds=120)) == "minutes"


def test_of_two_limits_the_nearer_one_counts():
    rates = Rates(TrainingConfig(steps=100, minutes=1))
    assert rates.part_done(Progress(step=50, elapsed_seconds=6)) == pytest.approx(0.5)
    assert rates.part_done(Progress(step=50, elapsed_seconds=54)) == pytest.approx(0.9)
    assert rates.end_reason(Progress(step=100)) == "steps"


def test_a_rollback_scales_the_rate():
    rates = Rates(TrainingConfig(steps=10, schedule="constant", learning_rate=0.4))
    assert rates.rate(Progress(rate_scale=0.25)) == pytest.approx(0.1)


def test_a_plateau_lowers_the_rate_and_remembers_it():
    config = TrainingConfig(steps=10, schedule="plateau", learning_rate=1.0)
    rates = Rates(config)
    for _ in range(5):
        rates.observe(20.0)
    lowered = rates.rate(Progress())
    assert lowered == pytest.approx(0.1)
    other = Rates(config)
    other.load_state_dict(rates.state_dict())
    assert other.rate(Progress()) == lowered


def test_too_many_validations_without_gain_end_the_run():
    rates = Rates(TrainingConfig(steps=10, patience=2))
    progress = Progress()
    ends = []
    for psnr in (20.0, 21.0, 20.5, 21.0):
        progress.observe(psnr)
        ends.append(rates.end_reason(progress))
    assert ends == [None, None, None, "no improvement"]
    assert progress.best_psnr == 21.0
