"""Optimizers step by step against torch.optim, resuming, memory, and wrong arguments."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from scratch_layers.errors import ArgumentError, ShapeError, WeightsError
from scratch_layers.muon import Muon
from scratch_layers.optim import SGD, Adam, AdamW, clip_gradient_norm
from scratch_layers.optimizer import Optimizer

SHAPES = [(3, 2, 3, 3), (3,), (), (1, 5), (16, 2, 3, 3)]
STEPS = 12

MAKERS: dict[str, Callable[[], Optimizer]] = {
    "sgd": lambda: SGD(0.1),
    "sgd with momentum": lambda: SGD(0.1, momentum=0.9, weight_decay=0.01),
    "sgd with dampening": lambda: SGD(0.1, momentum=0.9, dampening=0.3),
    "nesterov": lambda: SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: Adam(0.01, weight_decay=0.1),
    "adamw": lambda: AdamW(0.01),
    "muon": lambda: Muon(0.01, weight_decay=0.1),
}
EVERY_OPTIMIZER = pytest.mark.parametrize("name", MAKERS)

rates = st.floats(1e-4, 1.0)
decays = st.sampled_from([0.0, 1e-3, 0.1])


def random_tensors(generator: torch.Generator, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    return [torch.randn(shape, generator=generator, dtype=dtype) for shape in SHAPES]


def assert_same_steps(
    ours: Optimizer, make_theirs: Callable[[list[Tensor]], torch.optim.Optimizer], seed: int
) -> None:
    """Feed both the same gradients and compare the values after every step."""
    generator = torch.Generator().manual_seed(seed)
    values = random_tensors(generator)
    expected = [value.clone() for value in values]
    theirs = make_theirs(expected)
    for _ in range(STEPS):
        gradients = random_tensors(generator)
        for tensor, gradient in zip(expected, gradients, strict=True):
            tensor.grad = gradient.clone()
        ours.step(list(zip(values, gradients, strict=True)))
        theirs.step()
        torch.testing.assert_close(values, expected, rtol=1e-11, atol=1e-12)
        torch.testing.assert_close(gradients, [tensor.grad for tensor in expected])


@settings(max_examples=30)
@given(
    lr=rates,
    momentum=st.sampled_from([0.0, 0.5, 0.9]),
    dampening=st.sampled_from([0.0, 0.25]),
    weight_decay=decays,
    nesterov=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_sgd_equals_torch(
    lr: float, momentum: float, dampening: float, weight_decay: float, nesterov: bool, seed: int
) -> None:
    nesterov = nesterov and momentum > 0 and dampening == 0
    arguments = {
        "lr": lr,
        "momentum": momentum,
        "dampening": dampening,
        "weight_decay": weight_decay,
        "nesterov": nesterov,
    }
    assert_same_steps(SGD(**arguments), lambda values: torch.optim.SGD(values, **arguments), seed)


@settings(max_examples=30)
@given(
    lr=rates,
    betas=st.tuples(st.sampled_from([0.0, 0.5, 0.9]), st.sampled_from([0.0, 0.9, 0.999])),
    eps=st.sampled_from([1e-8, 1e-3]),
    weight_decay=decays,
    decoupled=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_adam_equals_torch(
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
    decoupled: bool,
    seed: int,
) -> None:
    arguments: dict[str, Any] = {
        "lr": lr,
        "betas": betas,
        "eps": eps,
        "weight_decay": weight_decay,
    }
    ours = AdamW(**arguments) if decoupled else Adam(**arguments)
    theirs = torch.optim.AdamW if decoupled else torch.optim.Adam
    assert_same_steps(ours, lambda values: theirs(values, **arguments), seed)


def test_defaults_are_those_of_torch_but_for_the_rate_of_sgd() -> None:
    assert_same_steps(SGD(), lambda values: torch.optim.SGD(values, lr=1e-2), 0)
    assert_same_steps(Adam(), torch.optim.Adam, 0)
    assert_same_steps(AdamW(), torch.optim.AdamW, 0)


@EVERY_OPTIMIZER
def test_resuming_is_bit_for_bit(name: str) -> None:
    generator = torch.Generator().manual_seed(1)
    values = random_tensors(generator, torch.float32)
    gradients = [random_tensors(generator, torch.float32) for _ in range(6)]

    straight = [value.clone() for value in values]
    optimizer = MAKERS[name]()
    saved_values, saved_state = [], {}
    for step, step_gradients in enumerate(gradients):
        if step == 3:
            optimizer.lr /= 3
            saved_values = [value.clone() for value in straight]
            saved_state = {key: tensor.clone() for key, tensor in optimizer.state_dict().items()}
        optimizer.step(list(zip(straight, step_gradients, strict=True)))

    resumed = MAKERS[name]()
    resumed.load_state_dict(saved_state)
    assert resumed.lr == optimizer.lr
    for step_gradients in gradients[3:]:
        resumed.step(list(zip(saved_values, step_gradients, strict=True)))
    for one, other in zip(straight, saved_values, strict=True):
        assert torch.equal(one, other)
    for key, tensor in optimizer.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[key])


@EVERY_OPTIMIZER
def test_state_before_the_first_step_can_be_loaded(name: str) -> None:
    first, second = MAKERS[name](), MAKERS[name]()
    first.lr = 0.5
    second.load_state_dict(first.state_dict())
    pair = (torch.ones(2), torch.ones(2))
    other = (torch.ones(2), torch.ones(2))
    first.step([pair])
    second.step([other])
    assert torch.equal(pair[0], other[0])


def test_loaded_state_is_a_copy() -> None:
    optimizer, other = SGD(momentum=0.9), SGD(momentum=0.9)
    optimizer.step([(torch.ones(2), torch.ones(2))])
    state = optimizer.state_dict()
    other.load_state_dict(state)
    other.step([(torch.ones(2), torch.ones(2))])
    assert torch.equal(state["momentum.0"], torch.ones(2))


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        (Adam(), SGD(momentum=0.9), r"missing momentum\.0.*unknown mean\.0, variance\.0"),
        (SGD(momentum=0.9), Adam(), r"missing mean\.0, variance\.0; unknown momentum\.0"),
        (SGD(), Adam(), r"missing mean\.0, variance\.0; unknown nothing"),
        (SGD(momentum=0.9), SGD(), r"missing nothing; unknown momentum\.0"),
    ],
)
def test_state_of_another_optimizer_is_refused(
    source: Optimizer, target: Optimizer, words: str
) -> None:
    source.step([(torch.ones(2), torch.ones(2))])
    with pytest.raises(WeightsError, match=words):
        target.load_state_dict(source.state_dict())
    assert target.steps == 0


def test_incomplete_state_is_refused() -> None:
    with pytest.raises(WeightsError, match="step"):
        Adam().load_state_dict({})
    optimizer = Adam()
    optimizer.step([(torch.ones(2), torch.ones(2))])
    state = optimizer.state_dict()
    del state["variance.0"]
    with pytest.raises(WeightsError, match=r"variance\.0"):
        optimizer.load_state_dict(state)


def test_state_of_other_parameters_is_refused_and_nothing_changes() -> None:
    optimizer = Adam()
    optimizer.step([(torch.ones(2), torch.ones(2))])
    value = torch.ones(3)
    with pytest.raises(ShapeError, match=r"parameter 0 with shape \(2,\), got \(3,\)"):
        optimizer.step([(value, torch.ones(3))])
    with pytest.raises(ShapeError, match="remembers 1 parameters, got 2"):
        optimizer.step([(value, torch.ones(3))] * 2)
    assert torch.equal(value, torch.ones(3))
    assert optimizer.steps == 1


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


def test_parameters_may_change_dtype_between_steps() -> None:
    optimizer = Adam()
    optimizer.step([(torch.ones(2), torch.ones(2))])
    value = torch.ones(2, dtype=torch.float64)
    optimizer.step([(value, torch.ones_like(value))])
    assert optimizer.state_dict()["mean.0"].dtype == torch.float64


def test_rate_can_be_set_between_steps() -> None:
    optimizer = SGD(1.0)
    value = torch.zeros(1)
    optimizer.step([(value, torch.ones(1))])
    optimizer.lr = 0.25
    optimizer.step([(value, torch.ones(1))])
    assert value.item() == -1.25


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SGD(lr=-1.0), "lr"),
        (lambda: SGD(lr=math.nan), "lr"),
        (lambda: SGD(momentum=-0.1), "momentum"),
        (lambda: SGD(dampening=math.inf), "dampening"),
        (lambda: SGD(weight_decay=-1.0), "weight_decay"),
        (lambda: SGD(nesterov=True), "nesterov"),
        (lambda: SGD(momentum=0.9, dampening=0.1, nesterov=True), "nesterov"),
        (lambda: Adam(betas=(0.9, 1.0)), "betas"),
        (lambda: Adam(betas=(-0.1, 0.9)), "betas"),
        (lambda: Adam(eps=-1e-8), "eps"),
        (lambda: AdamW(weight_decay=-1.0), "weight_decay"),
        (lambda: SGD().step([]), "no parameters"),
        (lambda: clip_gradient_norm([], 0.0), "max_norm"),
        (lambda: clip_gradient_norm([], math.nan), "max_norm"),
    ],
)
def test_wrong_arguments_are_named(make: Callable[[], object], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        make()


def test_a_gradient_of_another_shape_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"\(2,\).*\(2, 1\)"):
        SGD().step([(torch.ones(2), torch.ones(2, 1))])


@given(max_norm=st.floats(1e-3, 1e3), size=st.floats(1e-3, 1e3), seed=st.integers(0, 2**31))
def test_clipping_equals_torch(max_norm: float, size: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    gradients = [gradient * size for gradient in random_tensors(generator)]
    expected = [gradient.clone().requires_grad_() for gradient in gradients]
    for tensor in expected:
        tensor.grad = tensor.detach().clone()
    norm = clip_gradient_norm([(gradient, gradient) for gradient in gradients], max_norm)
    expected_norm = torch.nn.utils.clip_grad_norm_(expected, max_norm)
    assert norm == pytest.approx(expected_norm.item(), rel=1e-12)
    torch.testing.assert_close(gradients, [tensor.grad for tensor in expected])


@pytest.mark.parametrize("poison", [math.inf, math.nan])
def test_a_norm_that_is_not_finite_is_returned_and_nothing_is_scaled(poison: float) -> None:
    gradients = [torch.tensor([3.0, poison]), torch.tensor([4.0])]
    norm = clip_gradient_norm([(gradient, gradient) for gradient in gradients], 1.0)
    assert not math.isfinite(norm)
    assert gradients[0][0] == 3.0
    assert gradients[1][0] == 4.0


def test_plain_descent_has_no_state_to_fit() -> None:
    first, second = pair(3), pair(2, 2)
    expected = [value - 0.5 * gradient for value, gradient in (first, second)]
    optimizer = SGD(lr=0.5)
    optimizer.step([first])
    optimizer.step([second])
    torch.testing.assert_close([first[0], second[0]], expected)


def pair(*shape: int) -> tuple[Tensor, Tensor]:
    return torch.randn(shape), torch.randn(shape)


@pytest.mark.parametrize("make", [lambda: SGD(momentum=0.9), Adam, Muon])
def test_forgetting_makes_room_for_other_parameters(make: Callable[[], Optimizer]) -> None:
    torch.manual_seed(1)
    optimizer, fresh = make(), make()
    optimizer.step([pair(3)])
    optimizer.lr = fresh.lr = 0.125
    optimizer.forget()
    value, gradient = pair(20, 30)
    twin = value.clone()
    optimizer.step([(value, gradient)])
    fresh.step([(twin, gradient)])
    assert torch.equal(value, twin)


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


def test_state_that_loses_something_is_refused() -> None:
    optimizer = SGD(momentum=0.9)
    optimizer.step([pair(3)])
    state = optimizer.state_dict()
    state["momentum.0"] = state["momentum.0"] * 1j
    with pytest.raises(WeightsError, match=r"momentum\.0 is complex64"):
        SGD(momentum=0.9).load_state_dict(state)


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
