"""Devices: names, the self-test that each passes before it is used, and the choice of the best."""

from __future__ import annotations

import pytest
import torch

from scratch_layers import Conv2d, Sequential, Sigmoid, Upsampling, devices
from scratch_layers.errors import DeviceError, ScratchError
from tests.scratch_layers.torch_twins import assert_equal_passes, our_pass, random_tensor


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """A machine with these devices, and whether they compute correctly."""
    results = {"cuda:0": True, "cuda:1": True, "cpu": True}
    monkeypatch.setattr(devices, "available_devices", lambda: list(results))
    monkeypatch.setattr(devices, "passes", lambda name: results.get(name, results["cuda:0"]))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    return results


def test_the_cpu_is_always_there() -> None:
    assert devices.available_devices()[-1] == "cpu"
    assert devices.resolve_device("cpu") == torch.device("cpu")
    assert devices.passes("cpu")


def test_auto_is_one_of_the_devices_here() -> None:
    found = devices.resolve_device("auto")
    assert str(found) in devices.available_devices()


def test_auto_takes_the_first_that_passes(machine: dict[str, bool]) -> None:
    assert devices.resolve_device("auto") == torch.device("cuda:0")
    machine["cuda:0"] = False
    assert devices.resolve_device("auto") == torch.device("cuda:1")
    machine["cuda:1"] = False
    assert devices.resolve_device("auto") == torch.device("cpu")


@pytest.mark.parametrize("name", ["cpu", "cuda", "cuda:0", "cuda:1"])
def test_names_of_devices_that_are_there(machine: dict[str, bool], name: str) -> None:
    assert devices.resolve_device(name) == torch.device(name)


@pytest.mark.parametrize("name", ["cuda:2", "mps", "gpu", "", "CPU", "cuda:-1", "meta", "xpu"])
def test_devices_that_are_not_there(machine: dict[str, bool], name: str) -> None:
    with pytest.raises(
        DeviceError, match=f"no device '{name}' here; choose auto, cuda:0, cuda:1, cpu"
    ):
        devices.resolve_device(name)


def test_a_device_that_computes_wrong_results_is_refused(machine: dict[str, bool]) -> None:
    machine["cuda:1"] = False
    with pytest.raises(DeviceError, match=r"'cuda:1' computes wrong results here; choose cpu\."):
        devices.resolve_device("cuda:1")


def test_without_a_gpu_cuda_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(DeviceError, match="no device 'cuda'"):
        devices.resolve_device("cuda")


def test_all_gpus_are_listed_before_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert devices.available_devices() == ["cuda:0", "cuda:1", "mps", "cpu"]


# "cpu:0" is the CPU under a name that the self-test does not know.
def test_the_self_test_passes_where_results_are_right() -> None:
    assert devices.passes.__wrapped__("cpu:0")


def test_the_self_test_fails_where_results_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "SELF_TEST_TOLERANCE", -1.0)
    assert not devices.passes.__wrapped__("cpu:0")


@pytest.mark.parametrize("name", ["meta", "nowhere"])
def test_the_self_test_fails_where_nothing_can_be_computed(name: str) -> None:
    assert not devices.passes.__wrapped__(name)


def test_the_error_is_one_of_the_librarys() -> None:
    assert issubclass(DeviceError, ScratchError)
    assert issubclass(DeviceError, RuntimeError)


@pytest.mark.hardware
@pytest.mark.skipif(len(devices.available_devices()) == 1, reason="there is no accelerator here")
def test_an_accelerator_computes_what_the_cpu_computes() -> None:
    name = devices.available_devices()[0]
    torch.manual_seed(0)
    network = Sequential(
        Conv2d(3, 40, 3, padding=1),
        Conv2d(40, 40, 3, padding=1, padding_mode="reflect"),
        Upsampling(40, 8, 3, 2, 1, output_padding=1),
        Sigmoid(),
        Conv2d(8, 3, 5, 2, 2, groups=1),
    )
    image, upstream = random_tensor(2, 3, 40, 30), random_tensor(2, 3, 40, 30, seed=1)
    expected = our_pass(network, image.float(), upstream.float())
    network.to(name)
    found = our_pass(network, image.float().to(name), upstream.float().to(name))
    found = type(found)(
        found.output.cpu(),
        found.input_gradient.cpu(),
        {key: value.cpu() for key, value in found.parameter_gradients.items()},
    )
    assert_equal_passes(found, expected, devices.SELF_TEST_TOLERANCE)
