"""Values that tell their subscribers when they change: how widgets learn what controllers know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")

Unsubscribe = Callable[[], None]


class Observable(Generic[Value]):
    """A value with subscribers; all calls happen on one thread.

    Setting a value equal to the present one tells nobody. A subscriber may subscribe, unsubscribe
    or set the value again while it is being told.
    """

    def __init__(self, value: Value) -> None:
        self._value = value
        self._subscribers: list[Callable[[Value], object]] = []

    @property
    def value(self) -> Value:
        """The present value."""
        return self._value

    @value.setter
    def value(self, value: Value) -> None:
        if self._value is value or _equal(self._value, value):
            return
        self._value = value
        self.notify()

    def notify(self) -> None:
        """Tell every subscriber the present value, as after a change inside it."""
        for subscriber in tuple(self._subscribers):
            if subscriber in self._subscribers:
                subscriber(self._value)

    def subscribe(self, subscriber: Callable[[Value], object], now: bool = True) -> Unsubscribe:
        """Call ``subscriber`` at every change, and at once if ``now``; return how to stop it."""
        self._subscribers.append(subscriber)
        if now:
            subscriber(self._value)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe


class Signal(Generic[Value]):
    """Something that happens, with a value, and leaves nothing behind."""

    def __init__(self) -> None:
        self._subscribers: list[Callable[[Value], object]] = []

    def emit(self, value: Value) -> None:
        """Tell every subscriber."""
        for subscriber in tuple(self._subscribers):
            subscriber(value)

    def subscribe(self, subscriber: Callable[[Value], object]) -> Unsubscribe:
        """Call ``subscriber`` whenever it happens; return how to stop that."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe


def _equal(old: object, new: object) -> bool:
    return type(old) is type(new) and isinstance(old, (str, int, float, bool)) and old == new
