"""Schedules against torch.optim.lr_scheduler, their ends, and wrong arguments."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from scratch_layers.errors import ArgumentError, WeightsError
from scratch_layers.schedules import (
    Constant,
    Plateau,
    Schedule,
    StepDecay,
    WarmupCosine,
    WarmupLinear,
)

MakeTheirs = Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler]


def torch_rates(initial: float, make: MakeTheirs, steps: int) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=initial)
    scheduler = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def assert_rates(schedule: Schedule, initial: float, make: MakeTheirs, steps: int) -> None:
    ours = [schedule.rate(step) for step in range(steps)]
    assert ours == pytest.approx(torch_rates(initial, make, steps), rel=1e-9, abs=1e-12)


def test_constant_equals_torch() -> None:
    assert_rates(Constant(0.3), 0.3, lambda o: lr_scheduler.ConstantLR(o, factor=1.0), 5)


@given(interval=st.integers(1, 9), factor=st.floats(0.1, 1.0))
def test_step_decay_equals_torch(interval: int, factor: float) -> None:
    assert_rates(
        StepDecay(0.3, interval, factor),
        0.3,
        lambda o: lr_scheduler.StepLR(o, interval, factor),
        25,
    )


@given(
    total=st.integers(3, 40),
    warmup=st.integers(0, 38),
    final=st.sampled_from([0.0, 1e-3]),
    linear=st.booleans(),
)
def test_warmup_then_descent_equals_torch(
    total: int, warmup: int, final: float, linear: bool
) -> None:
    warmup = min(warmup, total - 1)
    peak = 0.2

    def make(optimizer: torch.optim.Optimizer) -> lr_scheduler.LRScheduler:
        descent: lr_scheduler.LRScheduler
        if linear:
            descent = lr_scheduler.LinearLR(optimizer, 1.0, final / peak, total - warmup)
        else:
            descent = lr_scheduler.CosineAnnealingLR(optimizer, total - warmup, final)
        if warmup == 0:
            return descent
        rise = lr_scheduler.LinearLR(optimizer, 1 / warmup, 1.0, max(warmup - 1, 1))
        return lr_scheduler.SequentialLR(optimizer, [rise, descent], [warmup])

    schedule = (WarmupLinear if linear else WarmupCosine)(peak, total, warmup, final)
    assert_rates(schedule, peak, make, total + 1)


@pytest.mark.parametrize("kind", [WarmupCosine, WarmupLinear])
def test_warmup_schedules_begin_peak_and_end_as_told(
    kind: type[WarmupCosine] | type[WarmupLinear],
) -> None:
    schedule = kind(peak=0.1, total_steps=100, warmup_steps=10, final=0.01)
    assert schedule.rate(0) == pytest.approx(0.01)
    assert schedule.rate(9) == pytest.approx(0.1)
    assert schedule.rate(10) == pytest.approx(0.1)
    assert schedule.rate(55) == pytest.approx(0.055)
    assert schedule.rate(100) == schedule.rate(1000) == pytest.approx(0.01)


@given(
    metrics=st.lists(st.floats(0.1, 10.0), min_size=1, max_size=40),
    patience=st.integers(0, 3),
    cooldown=st.integers(0, 3),
    threshold=st.sampled_from([0.0, 1e-4, 0.2]),
    higher_is_better=st.booleans(),
)
def test_plateau_equals_torch(
    metrics: list[float],
    patience: int,
    cooldown: int,
    threshold: float,
    higher_is_better: bool,
) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    theirs = lr_scheduler.ReduceLROnPlateau(
        optimizer,
        mode="max" if higher_is_better else "min",
        factor=0.5,
        patience=patience,
        threshold=threshold,
        cooldown=cooldown,
        min_lr=0.01,
        eps=0.0,
    )
    ours = Plateau(1.0, 0.5, patience, threshold, cooldown, 0.01, higher_is_better)
    for step, metric in enumerate(metrics):
        ours.observe(metric)
        theirs.step(metric)
        assert ours.rate(step) == optimizer.param_groups[0]["lr"]


@pytest.mark.parametrize("observed", [0, 1, 4, 7])
def test_plateau_resumes_where_it_stopped(observed: int) -> None:
    metrics = [5.0, 4.0, 4.5, 4.4, 4.3, 4.2, 3.0, 3.5, 3.6, 3.7, 3.8, 3.9, 4.0]
    straight = Plateau(1.0, patience=1, cooldown=1)
    for metric in metrics[:observed]:
        straight.observe(metric)
    resumed = Plateau(1.0, patience=1, cooldown=1)
    resumed.load_state_dict(straight.state_dict())
    for metric in metrics[observed:]:
        straight.observe(metric)
        resumed.observe(metric)
        assert resumed.rate(0) == straight.rate(0)
    assert straight.rate(0) < 1.0


def test_plateau_takes_nan_as_no_gain() -> None:
    plateau = Plateau(1.0, factor=0.5, patience=1)
    plateau.observe(math.nan)
    assert "best" not in plateau.state_dict()
    plateau.observe(math.nan)
    assert plateau.rate(0) == 0.5
    plateau.observe(3.0)
    assert plateau.state_dict()["best"] == 3.0


def test_plateau_refuses_another_state() -> None:
    plateau = Plateau(1.0)
    with pytest.raises(WeightsError, match=r"cooldown_left.*got step"):
        plateau.load_state_dict({"step": torch.tensor(1)})
    assert plateau.rate(0) == 1.0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Constant(-1.0), "value"),
        (lambda: Constant(math.nan), "value"),
        (lambda: StepDecay(0.1, 0), "interval"),
        (lambda: StepDecay(0.1, 5, -0.5), "factor"),
        (lambda: WarmupCosine(-0.1, 10), "peak"),
        (lambda: WarmupCosine(0.1, 10, final=math.inf), "final"),
        (lambda: WarmupCosine(0.1, 10, 10), "warmup_steps.*10 of 10"),
        (lambda: WarmupLinear(0.1, 10, -1), "warmup_steps"),
        (lambda: WarmupLinear(0.1, 0), "total_steps"),
        (lambda: Plateau(1.0, factor=1.0), "factor"),
        (lambda: Plateau(1.0, patience=-1), "patience"),
    ],
)
def test_wrong_arguments_are_named(make: Callable[[], Schedule], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        make()
