"""Devices are asked for once, on a worker thread, and named for people."""

from __future__ import annotations

import pytest

from desktop_app.controllers.context import Context
from desktop_app.controllers.models import DevicesController, device_title
from scratch_layers.devices import available_devices


def test_the_devices_of_torch_are_found_once(tmp_path):
    context = Context(tmp_path / "settings.json")
    devices = DevicesController(context)
    assert devices.names.value == ("cpu",)
    devices.watch()
    devices.watch()
    assert len(context.runner.jobs) == 1
    assert context.runner.wait(60)
    assert devices.names.value == tuple(available_devices())


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("cpu", "Processor (cpu)"),
        ("cuda:1", "NVIDIA GPU (cuda:1)"),
        ("mps", "Apple GPU (mps)"),
        ("xla", "xla"),
    ],
)
def test_titles_say_what_a_device_is(name, title):
    assert device_title(name) == title
