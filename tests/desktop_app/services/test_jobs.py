"""Jobs: what reaches the owner, in which order, on which thread."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from desktop_app.services.jobs import JobRunner


@pytest.fixture
def runner():
    runner = JobRunner()
    yield runner
    for job in runner.jobs:
        job.cancel()
    assert runner.wait(10)


class Log(list):
    """Collects callbacks by name, with the thread they ran on."""

    def callbacks(self):
        def note(name):
            def callback(*values):
                assert threading.current_thread() is threading.main_thread()
                self.append((name, *values))

            return callback

        return {
            "on_result": note("result"),
            "on_error": note("error"),
            "on_cancelled": note("cancelled"),
        }


def _counting(count):
    def work(token):
        assert threading.current_thread() is not threading.main_thread()
        yield from range(count)
        return "done"

    return work


def test_events_come_in_order_and_then_the_result(runner):
    log = Log()
    runner.start("count", _counting(5), on_event=log.append, **log.callbacks())
    assert runner.wait(10)
    assert log == [0, 1, 2, 3, 4, ("result", "done")]


def test_nothing_is_called_before_deliver(runner):
    log = Log()
    runner.start("count", _counting(3), on_event=log.append, **log.callbacks())
    time.sleep(0.05)
    assert log == []


def test_an_error_is_handed_over_with_its_traceback(runner):
    def work(token):
        yield 1
        raise ValueError("no good")

    log = Log()
    runner.start("fail", work, **log.callbacks())
    assert runner.wait(10)
    [(name, error)] = log
    assert name == "error"
    assert str(error) == "no good"
    assert error.__traceback__ is not None


def test_cancel_closes_the_generator_and_ends_the_events(runner):
    closed = threading.Event()
    log = Log()

    def work(token):
        try:
            while True:
                yield 1
                time.sleep(0.001)
        finally:
            closed.set()

    job = runner.start("endless", work, on_event=log.append, **log.callbacks())
    while not log:
        runner.deliver()
    job.cancel()
    count = len(log)
    assert runner.wait(10)
    assert closed.is_set()
    assert log[count:] == [("cancelled",)]


def test_a_failure_while_closing_is_not_hidden_by_the_cancel(runner):
    def work(token):
        try:
            while True:
                yield 1
        finally:
            raise OSError("disk full")

    log = Log()
    job = runner.start("fails late", work, on_event=log.append, **log.callbacks())
    while not log:
        runner.deliver()
    job.cancel()
    assert runner.wait(10)
    assert log[-1][0] == "error"


def test_pause_stops_asking_and_resume_goes_on(runner):
    asked = []

    def work(token):
        for number in range(1000):
            asked.append(number)
            yield number
            time.sleep(0.001)

    job = runner.start("pausing", work)
    while len(asked) < 3:
        time.sleep(0.001)
    job.pause()
    with_the_step_under_way = len(asked) + 1
    time.sleep(0.1)
    assert len(asked) <= with_the_step_under_way
    assert job.paused
    job.resume()
    while len(asked) <= with_the_step_under_way:
        time.sleep(0.001)
    job.cancel()


def test_a_paused_job_can_be_cancelled(runner):
    log = Log()
    job = runner.start("paused", _counting(10**9), **log.callbacks())
    job.pause()
    job.cancel()
    assert runner.wait(10)
    assert log == [("cancelled",)]


def test_work_that_sees_the_token_and_raises_counts_as_cancelled(runner):
    from scratch_layers.errors import CancelledError

    def call(token):
        while not token():
            time.sleep(0.001)
        raise CancelledError("stopped")

    log = Log()
    job = runner.start_call("call", call, **log.callbacks())
    job.cancel()
    assert runner.wait(10)
    assert log == [("cancelled",)]


def test_callbacks_and_what_they_hold_are_never_dropped_on_the_worker(runner):
    dropped = []

    class Widget:
        def __del__(self):
            dropped.append(threading.current_thread())

    for _ in range(50):
        widget = Widget()
        runner.start("short", _counting(3), on_event=lambda _, widget=widget: None)
        del widget
    assert runner.wait(20)
    assert len(dropped) == 50
    assert set(dropped) == {threading.main_thread()}


def test_threads_are_gone_when_the_last_callback_runs(runner):
    alive = []
    names = lambda: [thread.name for thread in threading.enumerate()]  # noqa: E731
    runner.start("short", _counting(1), on_result=lambda _: alive.extend(names()))
    assert runner.wait(10)
    assert "job: short" not in alive


TWO_ENDS = """
import importlib, sys
from desktop_app.services.jobs import JobRunner

runner, failed = JobRunner(), []
for name in ("desktop_app.services.denoising.evaluation", "desktop_app.services.training.runs"):
    runner.start_call(
        name, lambda token, name=name: importlib.import_module(name), on_error=failed.append
    )
assert runner.wait(100)
sys.exit(f"{failed}" if failed else 0)
"""


def test_jobs_may_import_the_library_from_different_ends_at_the_same_time():
    done = subprocess.run(
        [sys.executable, "-c", TWO_ENDS], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_a_light_job_does_not_import_torch():
    script = (
        "import sys\n"
        "from desktop_app.services.jobs import JobRunner\n"
        "runner = JobRunner()\n"
        "runner.start_call('light', lambda token: None, is_light=True)\n"
        "assert runner.wait(60)\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=100).returncode == 0
