"""Bringing a window back to what it was after its start, so that one serves many tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from desktop_app.controllers.observable import Observable

if TYPE_CHECKING:
    from tests.desktop_app.ui.driver import Driver

NOT_RESTORED = frozenset({"settings", "documents", "current", "changed", "ready", "jobs"})
"""Values that follow from others, or have a way of their own to be set."""

_beginnings: WeakKeyDictionary[Driver, tuple[Any, ...]] = WeakKeyDictionary()


def remember(driver: Driver) -> None:
    """Take note of a new window."""
    for name, part in vars(type(driver.controller)).items():
        if isinstance(part, cached_property):
            getattr(driver.controller, name)
    driver.until(lambda: driver.controller.at_rest)
    values = {name: one.value for name, one in _observables(driver)}
    settings = driver.controller.context.settings.value
    _beginnings[driver] = driver.root.geometry(), settings, values


def tidy(driver: Driver) -> bool:
    """Bring a window back to what was noted; tell whether that was possible."""
    if driver not in _beginnings:
        return False
    geometry, settings, values = _beginnings[driver]
    controller = driver.controller
    for dialog in [child for child in driver.root.winfo_children() if hasattr(child, "buttons")]:
        dialog.destroy()
    controller.batch.cancel()
    controller.training.stop()
    controller.context.runner.cancel_for_closing()
    driver.until(lambda: controller.at_rest)
    controller.batch.clear()
    shutil.rmtree(controller.training.runs_folder, ignore_errors=True)
    controller.training.record.saved_step = None
    for document in controller.documents.documents.value:
        controller.documents.close(document)
    controller.context.replace_settings(settings)
    for name, observable in _observables(driver):
        observable.value = values[name]
    controller.models.refresh()
    pages = driver.window.main.pages
    if "train" in pages:
        pages["train"].plot.navigation.show_all()
    controller.view.fit()
    driver.window.main.show_page("denoise")
    driver.root.geometry(geometry)
    driver.until(lambda: controller.at_rest)
    driver.live(0.05)
    controller.context.status.value = "Ready."
    return not (driver.errors or driver.problems)


def _observables(driver: Driver) -> Iterator[tuple[str, Observable[Any]]]:
    for part, owner in vars(driver.controller).items():
        for name, one in vars(owner).items() if hasattr(owner, "__dict__") else ():
            if isinstance(one, Observable) and name not in NOT_RESTORED:
                yield f"{part}.{name}", one
