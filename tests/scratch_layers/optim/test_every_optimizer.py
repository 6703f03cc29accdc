"""What holds for every optimizer: memory, autograd, groups, rates, and wrong arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from scratch_layers.errors import ArgumentError, ShapeError
from scratch_layers.muon import Muon
from scratch_layers.optim import SGD, Adam, AdamW
from tests.scratch_layers.optim.optimizers import (
    EVERY_OPTIMIZER,
    MAKERS,
    pair,
    random_tensors,
)


class _StorageRecorder(TorchDispatchMode):
    """Collects the addresses of all tensors that operations return."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: set[int] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor):
            self.addresses.add(result.untyped_storage().data_ptr())
        return result


@pytest.mark.parametrize("name", [name for name in MAKERS if name != "muon"])
def test_no_memory_is_taken_after_the_first_step(name: str) -> None:
    generator = torch.Generator().manual_seed(3)
    pairs = list(zip(random_tensors(generator), random_tensors(generator), strict=True))
    optimizer = MAKERS[name]()
    with _StorageRecorder() as first:
        optimizer.step(pairs)
    known = {tensor.untyped_storage().data_ptr() for pair in pairs for tensor in pair}
    with _StorageRecorder() as later:
        optimizer.step(pairs)
        optimizer.step(pairs)
    assert later.addresses
    assert later.addresses <= first.addresses | known


@EVERY_OPTIMIZER
def test_works_without_autograd_and_moves_in_place(name: str) -> None:
    values = [torch.ones(3), torch.ones(2, 2)]
    with torch.inference_mode(False), torch.no_grad():
        MAKERS[name]().step([(value, torch.ones_like(value)) for value in values])
    assert all((value < 1).all() for value in values)


def test_rate_can_be_set_between_steps() -> None:
    optimizer = SGD(1.0)
    value = torch.zeros(1)
    optimizer.step([(value, torch.ones(1))])
    optimizer.lr = 0.25
    optimizer.step([(value, torch.ones(1))])
    assert value.item() == -1.25


def test_a_gradient_of_another_shape_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"\(2,\).*\(2, 1\)"):
        SGD().step([(torch.ones(2), torch.ones(2, 1))])


def test_no_parameters_are_refused() -> None:
    with pytest.raises(ArgumentError, match="no parameters"):
        SGD().step([])


@pytest.mark.parametrize("kind", [SGD, Adam, AdamW, Muon])
def test_parameters_belong_to_step_not_to_the_constructor(kind: Any) -> None:
    for attempt in (
        lambda: kind([pair(3)]),
        lambda: kind([pair(3)], lr=0.1),
        lambda: kind(iter([pair(3)]), 0.1),
    ):
        with pytest.raises(
            TypeError, match=rf"{kind.__name__}\(lr=.*\)\.step\(network\.param\(\)\)"
        ):
            attempt()
    with pytest.raises(TypeError, match="not 'fast'"):
        kind(lr="fast")


GROUPED = {
    "sgd": (
        lambda: SGD(0.1, momentum=0.5), lambda p: torch.optim.SGD(p, 0.1, momentum=0.5),
        {"lr": 0.3, "momentum": 0.9, "weight_decay": 0.1},
    ),
    "adam": (Adam, torch.optim.Adam, {"lr": 0.02, "betas": (0.5, 0.9)}),
    "adamw": (AdamW, torch.optim.AdamW, {"weight_decay": 0.0}),
}  # fmt: skip


@pytest.mark.parametrize("name", GROUPED)
def test_groups_have_settings_of_their_own_as_in_torch(name: str) -> None:
    ours, theirs, settings = GROUPED[name]
    generator = torch.Generator().manual_seed(3)
    body, head = (torch.randn(4, generator=generator, dtype=torch.float64) for _ in range(2))
    twins = [value.clone().requires_grad_() for value in (body, head)]
    optimizer = ours()
    twin = theirs([{"params": [twins[0]]}, {"params": [twins[1]], **settings}])
    for _ in range(5):
        gradients = [torch.randn(4, generator=generator, dtype=torch.float64) for _ in range(2)]
        for value, gradient in zip(twins, gradients, strict=True):
            value.grad = gradient.clone()
        twin.step()
        optimizer.step(
            [
                {"params": [(body, gradients[0])]},
                {"params": [(head, gradients[1])], **settings},
            ]
        )
    torch.testing.assert_close([body, head], [value.detach() for value in twins])


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ([{"params": [], "speed": 1}], "no setting 'speed'; .* lr"),
        ([{"lr": 0.1}], "without 'params'"),
        ([{"params": [], "lr": -1}], "lr must be .* -1"),
        ([{"params": [], "momentum": 0.9}], "momentum 0.9"),
        ([{"params": []}, (torch.zeros(1), torch.zeros(1))], "not both"),
    ],
)
def test_groups_that_cannot_be_used(groups: Any, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        SGD().step(groups)
