"""The table of a network has the shapes, counts and memory that its layers have."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from scratch_layers import (
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Residual,
    Sequential,
)
from scratch_layers.errors import WeightsError
from scratch_layers.models import parameter_count
from tests.benchmarks.torch_twin import torch_twin


def network() -> Sequential:
    return Sequential(
        Conv2d(3, 8, 3, padding=1, groups=1),
        BatchNorm2d(8),
        Residual(Sequential(ReLU(), Conv2d(8, 8, 3, padding=1, bias=False))),
        ConvTranspose2d(8, 4, 2, 2),
        MaxPool2d(2),
        Flatten(),
        Linear(4 * 8 * 8, 10),
    )


def test_multiplications_are_those_that_torch_counts() -> None:
    module, image = network(), torch.zeros(2, 3, 8, 8)
    twin = torch_twin(module, image)
    with FlopCounterMode(display=False) as counter:
        twin(image)
    summary = module.summary((2, 3, 8, 8))
    # Torch counts multiplication and addition apart.
    assert 2 * summary.multiply_adds == counter.get_total_flops()


def test_shapes_parameters_and_memory() -> None:
    module = network()
    summary = module.summary((2, 3, 8, 8))
    assert [line.name for line in summary.lines] == [
        *("0", "1", "2.body.0", "2.body.1", "2", "3", "4", "5", "6"),
    ]
    assert [line.kind for line in summary.lines[:5:2]] == [
        "Conv2d(3, 8, 3, padding=1)",
        "ReLU()",
        "sum",
    ]
    assert summary.lines[5].output_shape == (2, 4, 16, 16)
    assert summary.lines[-1].output_shape == (2, 10)
    assert summary.lines[5].output_bytes == 2 * 4 * 16 * 16 * 4
    assert sum(line.parameters for line in summary.lines) == summary.parameters
    assert summary.parameters == parameter_count(module)
    assert module.training
    assert int(module.state_dict()["1.num_batches_tracked"]) == 0
    text = str(summary).splitlines()
    assert text[0].split() == ["layer", "kind", "output", "parameters", "multiply-adds", "memory"]
    assert "2 x 4 x 16 x 16" in text[7]
    assert text[-1].split()[:2] == ["total", f"{summary.parameters:,}"]


def test_a_module_used_twice_counts_once_and_one_alone_has_a_line() -> None:
    layer = Conv2d(2, 2, 1)
    assert Sequential(layer, layer).summary((1, 2, 3, 3)).parameters == 6
    assert [line.name for line in layer.summary((1, 2, 3, 3)).lines] == ["-"]


def test_networks_are_saved_and_loaded_in_one_line(tmp_path: Path) -> None:
    module, other = network(), network()
    module.train()
    module.forward(torch.randn(2, 3, 8, 8))
    module.save(tmp_path / "network.safetensors")
    assert other.load(tmp_path / "network.safetensors") is other
    for name, value in module.state_dict().items():
        assert torch.equal(other.state_dict()[name], value)
    before = {name: value.clone() for name, value in other.state_dict().items()}
    with pytest.raises(WeightsError, match="do not fit Linear"):
        Linear(2, 2).load(tmp_path / "network.safetensors")
    with pytest.raises(WeightsError, match="cannot be read"):
        other.load(tmp_path / "nothing.safetensors")
    assert all(torch.equal(value, before[name]) for name, value in other.state_dict().items())


def test_modules_of_ones_own_have_a_line() -> None:
    class Twice(Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Linear(3, 3)

        def forward(self, input: torch.Tensor) -> torch.Tensor:
            return self.inner(self.inner(input))

    (line,) = Twice().summary((5, 3)).lines
    assert (line.kind, line.parameters, line.output_shape) == ("Twice()", 12, (5, 3))
