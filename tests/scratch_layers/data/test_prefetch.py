"""Making items in a background thread."""

import threading
import time

import pytest

from scratch_layers.data.batches import Prefetcher


def test_items_come_in_order_from_the_first_number():
    prefetcher = Prefetcher(lambda number: number**2, first=5)
    try:
        assert [prefetcher.get() for _ in range(20)] == [number**2 for number in range(5, 25)]
    finally:
        prefetcher.close()


def test_items_are_made_ahead_in_another_thread_but_not_without_bound():
    made = []
    ready = threading.Event()

    def make(number):
        made.append((number, threading.current_thread()))
        if number == 2:
            ready.set()
        return number

    prefetcher = Prefetcher(make, depth=2)
    try:
        assert ready.wait(5)
        time.sleep(0.05)
        assert [number for number, _ in made] == [0, 1, 2]
        assert all(thread is not threading.current_thread() for _, thread in made)
    finally:
        prefetcher.close()


def test_an_error_is_raised_in_the_place_of_its_item():
    def make(number):
        if number == 2:
            raise ValueError("damaged")
        return number

    prefetcher = Prefetcher(make)
    assert [prefetcher.get(), prefetcher.get()] == [0, 1]
    with pytest.raises(ValueError, match="damaged"):
        prefetcher.get()


def test_closing_ends_the_thread_even_when_nobody_takes_the_items():
    before = threading.active_count()
    prefetcher = Prefetcher(lambda number: number, depth=1)
    prefetcher.get()
    prefetcher.close()
    prefetcher.close()
    assert threading.active_count() == before
