"""Long work on worker threads: generators of events in, callbacks on the owner's thread out.

A job is a generator: it yields typed events and returns its result. The runner drives it on a
thread of its own and queues what it yields; the owner (the Tk thread) calls
:meth:`JobRunner.deliver`, and only there do callbacks run. Pausing is not asking the generator for
its next event; cancelling sets the token, which the generator may look at, and closes the generator
at its next event.

A worker thread never holds a callback. Callbacks reach widgets, and the last reference to a widget
must never be dropped on a worker thread: Tk would be entered from there.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Generator
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from scratch_layers.errors import CancelledError

LOWER_PRIORITY = 5

AtClose: TypeAlias = Literal["abandon", "wait", "finish"]
"""What becomes of a job when the application closes: it is cancelled, and left behind if it does
not end soon; it is cancelled and waited for, because it writes files; or it runs to its end."""

Event = TypeVar("Event")
Result = TypeVar("Result")


class CancelToken:
    """A flag that the owner raises once and the work looks at between its steps."""

    def __init__(self) -> None:
        self._flag = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._flag.set()

    def __call__(self) -> bool:
        """Return whether the work was asked to stop."""
        return self._flag.is_set()


Work = Callable[[CancelToken], Generator[Event, None, Result]]


class Job(Generic[Event, Result]):
    """A handle on one running generator; lives on the owner's thread, and so do its callbacks.

    Args:
        work: makes the generator, on a worker thread.
        on_event: called with each value that it yields.
        on_result: called with what it returns.
        on_error: called with the exception that ended it.
        on_cancelled: called where it ended because it was asked to.

    Attributes:
        title: what the work does, as people would say it.
        at_close: what becomes of it when the application closes.
        finished: whether the last callback has run.
    """

    def __init__(
        self,
        title: str,
        work: Work[Event, Result],
        on_event: Callable[[Event], None] | None,
        on_result: Callable[[Result], None] | None,
        on_error: Callable[[BaseException], None] | None,
        on_cancelled: Callable[[], None] | None,
        at_close: AtClose = "abandon",
    ) -> None:
        self.title = title
        self.at_close = at_close
        self.finished = False
        self._work = work
        self._on_event = on_event
        self._on_result = on_result
        self._on_error = on_error
        self._on_cancelled = on_cancelled
        self._token = CancelToken()
        self._may_run = threading.Event()
        self._may_run.set()
        self._thread: threading.Thread | None = None

    @property
    def paused(self) -> bool:
        """Whether the job waits before asking for its next event."""
        return not self._may_run.is_set()

    @property
    def cancelled(self) -> bool:
        """Whether :meth:`cancel` was called."""
        return self._token()

    def pause(self) -> None:
        """Stop asking for events; the step under way still completes."""
        if not self.cancelled:
            self._may_run.clear()

    def resume(self) -> None:
        """Go on after :meth:`pause`."""
        self._may_run.set()

    def cancel(self) -> None:
        """Ask the work to stop; a paused job wakes up to do so."""
        self._token.cancel()
        self._may_run.set()

    def _handle(self, kind: str, payload: Any) -> None:
        if kind == "event":
            if self._on_event is not None and not self.cancelled:
                self._on_event(payload)
            return
        if self._thread is not None:
            self._thread.join()
        self.finished = True
        if kind == "result" and self._on_result is not None:
            self._on_result(payload)
        elif kind == "error" and self._on_error is not None:
            self._on_error(payload)
        elif kind == "cancelled" and self._on_cancelled is not None:
            self._on_cancelled()


class JobRunner:
    """Runs jobs on worker threads; their events come out where :meth:`deliver` is called."""

    def __init__(self) -> None:
        self._messages: queue.SimpleQueue[tuple[int, str, Any]] = queue.SimpleQueue()
        self._jobs: dict[int, Job[Any, Any]] = {}
        self._next_number = 0

    @property
    def jobs(self) -> tuple[Job[Any, Any], ...]:
        """The jobs whose last callback has not run yet."""
        return tuple(self._jobs.values())

    def start(
        self,
        title: str,
        work: Work[Event, Result],
        *,
        on_event: Callable[[Event], None] | None = None,
        on_result: Callable[[Result], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
        on_cancelled: Callable[[], None] | None = None,
        at_close: AtClose = "abandon",
        is_light: bool = False,
    ) -> Job[Event, Result]:
        """Start ``work`` on a new thread.

        Exactly one of ``on_result``, ``on_error`` and ``on_cancelled`` is called at the end, after
        the thread has gone. No event is delivered after the job was cancelled. ``work`` must hold
        plain data only: it is run, and may be dropped, on the worker thread. Work that ``is_light``
        does not compute with torch and does not wait until it is imported.
        """
        job = Job(title, work, on_event, on_result, on_error, on_cancelled, at_close)
        number = self._next_number
        self._next_number += 1
        self._jobs[number] = job
        job._thread = threading.Thread(
            target=_run,
            args=(number, work, job._token, job._may_run, self._messages, is_light),
            name=f"job: {title}",
            daemon=True,
        )
        job._thread.start()
        return job

    def start_call(
        self,
        title: str,
        function: Callable[[CancelToken], Result],
        *,
        on_result: Callable[[Result], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
        on_cancelled: Callable[[], None] | None = None,
        at_close: AtClose = "abandon",
        is_light: bool = False,
    ) -> Job[Any, Result]:
        """Start a plain function, which has no events, as a job."""

        def work(token: CancelToken) -> Generator[Any, None, Result]:
            yield from ()
            return function(token)

        return self.start(
            title,
            work,
            on_result=on_result,
            on_error=on_error,
            on_cancelled=on_cancelled,
            at_close=at_close,
            is_light=is_light,
        )

    def deliver(self, seconds: float = 0.01) -> None:
        """Run the callbacks of queued messages for at most about ``seconds``."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                number, kind, payload = self._messages.get_nowait()
            except queue.Empty:
                return
            job = self._jobs[number]
            if kind != "event":
                del self._jobs[number]
            job._handle(kind, payload)

    def cancel_for_closing(self) -> None:
        """Ask every job to stop but those that are to run to their end."""
        for job in self.jobs:
            if job.at_close != "finish":
                job.cancel()

    @property
    def may_be_left(self) -> bool:
        """Whether every job that is left can be abandoned without losing anything."""
        return all(job.at_close == "abandon" for job in self.jobs)

    def wait(self, timeout: float) -> bool:
        """Deliver until no job is left; return whether that came within ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        while self._jobs and time.monotonic() < deadline:
            self.deliver()
            time.sleep(0.002)
        return not self._jobs


def _run(
    number: int,
    work: Work[Any, Any],
    token: CancelToken,
    may_run: threading.Event,
    messages: queue.SimpleQueue[tuple[int, str, Any]],
    is_light: bool,
) -> None:
    _give_way_to_the_window()
    try:
        generator = work(token)
        while True:
            may_run.wait()
            if token():
                generator.close()
                messages.put((number, "cancelled", None))
                return
            try:
                with contextlib.nullcontext() if is_light else _share_of_threads():
                    event = next(generator)
            except StopIteration as stop:
                messages.put((number, "result", stop.value))
                return
            messages.put((number, "event", event))
            del event
    except BaseException as error:  # noqa: BLE001 - handed to the owner, whatever it is
        kind = "cancelled" if token() and isinstance(error, CancelledError) else "error"
        messages.put((number, kind, error))


def _share_of_threads() -> contextlib.AbstractContextManager[None]:
    """Let what runs inside count as a job that computes, beside which others get fewer threads."""
    from scratch_layers.threads import threads

    return threads.share()


def _give_way_to_the_window() -> None:
    """Lower this thread's priority where the system has one per thread, so that Tk stays quick."""
    if sys.platform != "linux":
        return
    thread = threading.get_native_id()
    with contextlib.suppress(OSError):
        present = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, min(present + LOWER_PRIORITY, 19))
