"""Observables tell of changes, once each, to those who still listen."""

from __future__ import annotations

from desktop_app.controllers.observable import Observable, Signal


def test_a_subscriber_is_told_now_and_at_every_change():
    seen = []
    value = Observable(1)
    value.subscribe(seen.append)
    value.value = 2
    value.value = 2
    value.value = 3
    assert seen == [1, 2, 3]


def test_nobody_is_told_after_unsubscribing():
    seen = []
    value = Observable(1)
    stop = value.subscribe(seen.append, now=False)
    value.value = 2
    stop()
    stop()
    value.value = 3
    assert seen == [2]


def test_a_subscriber_may_unsubscribe_another_while_being_told():
    seen = []
    value = Observable(0)
    stops = []
    value.subscribe(lambda _: stops and stops[0](), now=False)
    stops.append(value.subscribe(seen.append, now=False))
    value.value = 1
    assert seen == []


def test_true_is_not_the_same_as_one():
    seen = []
    value = Observable[object](1)
    value.subscribe(seen.append, now=False)
    value.value = True
    assert seen == [True]


def test_notify_tells_of_changes_inside_the_value():
    seen = []
    value = Observable([1])
    value.subscribe(lambda items: seen.append(list(items)))
    value.value.append(2)
    value.notify()
    assert seen == [[1], [1, 2]]


def test_a_signal_leaves_nothing_behind():
    seen = []
    signal = Signal[int]()
    signal.emit(1)
    stop = signal.subscribe(seen.append)
    signal.emit(2)
    stop()
    signal.emit(3)
    assert seen == [2]
