"""Modules: finding parameters, exchanging weights with torch, modes and dtypes."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from scratch_layers import Conv2d, Module, Parameter, ReLU, Residual, Sequential, Upsampling
from scratch_layers.errors import ScratchError, ShapeError, StateError, WeightsError


def network() -> Sequential:
    torch.manual_seed(0)
    return Sequential(
        Conv2d(3, 4, 3), ReLU(), Sequential(Conv2d(4, 5, 3, bias=False), Upsampling(5, 2, 3, 2))
    )


def torch_network() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3),
        nn.ReLU(),
        nn.Sequential(nn.Conv2d(4, 5, 3, bias=False), nn.Conv2d(5, 2, 3)),
    )


def copies(module: Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def assert_unchanged(module: Module, before: dict[str, Tensor]) -> None:
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name])


class Scale(Module):
    """A person's own module: x times a learned factor."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = Parameter(torch.tensor([2.0]))

    def forward(self, input: Tensor) -> Tensor:
        self._save(input)
        return input * self.factor.value

    def backward(self, gradient: Tensor) -> Tensor:
        (input,) = self._restore()
        self.factor.gradient.add_((gradient * input).sum())
        return gradient * self.factor.value


class Branches(Module):
    """Parameters and children in an order of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.last = Conv2d(1, 1, 1)
        self.offset = Parameter(torch.zeros(1))
        self.first = Conv2d(1, 1, 1, bias=False)


def test_a_module_of_ones_own_takes_part() -> None:
    scale = Scale()
    module = Sequential(scale, ReLU())
    output = module(torch.tensor([1.0, -3.0, 4.0]))
    assert output.tolist() == [2.0, 0.0, 8.0]
    assert module.backward(torch.ones(3)).tolist() == [2.0, 0.0, 2.0]
    assert scale.factor.gradient.tolist() == [5.0]
    assert list(module.state_dict()) == ["0.factor"]


def test_a_module_without_forward_and_backward_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"Branches .*forward"):
        Branches()(torch.zeros(1))
    with pytest.raises(NotImplementedError, match=r"Branches .*backward"):
        Branches().backward(torch.zeros(1))


def test_parameters_come_in_the_order_of_assignment_own_before_childrens() -> None:
    names = [name for name, _ in Branches().named_parameters()]
    assert names == ["offset", "last.weight", "last.bias", "first.weight"]
    assert [name for name, _ in Branches().children()] == ["last", "first"]


def test_names_and_order_are_those_of_torch() -> None:
    assert list(network().state_dict()) == list(torch_network().state_dict())
    names = [name for name, _ in network().named_parameters()]
    assert names == [name for name, _ in torch_network().named_parameters()]


def test_a_shared_module_has_every_name_but_learns_once() -> None:
    ours, theirs = Conv2d(2, 2, 1), nn.Conv2d(2, 2, 1)
    module = Sequential(ours, ReLU(), Sequential(ours))
    twin = nn.Sequential(theirs, nn.ReLU(), nn.Sequential(theirs))
    assert list(module.state_dict()) == list(twin.state_dict())
    names = [name for name, _ in module.named_parameters()]
    assert names == [name for name, _ in twin.named_parameters()] == ["0.weight", "0.bias"]
    assert len(module.param()) == 2
    module.load_state_dict(twin.state_dict())
    assert torch.equal(ours.weight.value, theirs.weight.detach())


def test_param_pairs_values_with_gradients() -> None:
    module = network()
    pairs = module.param()
    assert len(pairs) == 5
    for (value, gradient), held in zip(pairs, module.state_dict().values(), strict=True):
        assert value is held
        assert gradient.shape == value.shape
        assert not gradient.any()
    assert ReLU().param() == []


def test_gradients_stay_the_same_objects() -> None:
    module = network()
    before = [gradient for _, gradient in module.param()]
    output = module(torch.rand(1, 3, 9, 9))
    module.backward(torch.ones_like(output))
    after = [gradient for _, gradient in module.param()]
    assert all(ours is theirs for ours, theirs in zip(before, after, strict=True))
    assert all(bool(gradient.any()) for gradient in after)
    module.zero_grad()
    assert not any(bool(gradient.any()) for gradient in before)


def test_gradients_are_zero_before_any_backward_pass() -> None:
    module = network()
    module.zero_grad()
    for value, gradient in module.param():
        assert gradient.shape == value.shape
        assert not gradient.any()
        assert value.any()


def test_update_param_copies_in_the_order_of_param() -> None:
    module = network()
    values = [
        torch.full_like(value, float(index)) for index, (value, _) in enumerate(module.param())
    ]
    held = [value for value, _ in module.param()]
    module.update_param(values)
    for index, value in enumerate(held):
        assert (value == index).all()
    values[0].fill_(9)
    assert not (held[0] == 9).any()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda values: values[:-1], "4 tensors for 5"),
        (lambda values: [*values, torch.zeros(1)], "6 tensors for 5"),
        (lambda values: [*values[:-1], torch.zeros(3)], r"\(3,\) for parameter 4, .* \(2,\)"),
        (lambda values: [*values[:-1], values[-1] * 1j], "complex64 for parameter 4"),
    ],
)
def test_update_param_refuses_what_does_not_fit(
    spoil: Callable[[list[Tensor]], list[Tensor]], words: str
) -> None:
    module = network()
    before = copies(module)
    with pytest.raises(ShapeError, match=words):
        module.update_param(spoil([torch.zeros_like(value) for value, _ in module.param()]))
    assert_unchanged(module, before)


def test_weights_go_to_torch_and_back() -> None:
    ours, theirs = network(), torch_network()
    theirs.load_state_dict(ours.state_dict())
    other = network()
    other.update_param([torch.zeros_like(value) for value, _ in other.param()])
    other.load_state_dict(theirs.state_dict())
    assert_unchanged(other, copies(ours))


def test_loading_copies_and_converts() -> None:
    module = network()
    values = [value for value, _ in module.param()]
    state = {name: torch.ones(value.shape).half() for name, value in module.state_dict().items()}
    module.load_state_dict(state)
    assert all(ours is theirs for ours, (theirs, _) in zip(values, module.param(), strict=True))
    assert all(bool((value == 1).all()) and value.dtype == torch.float32 for value in values)
    state["0.weight"].zero_()
    assert (values[0] == 1).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"0.weight": None}, r"missing 0\.weight"),
        ({"0.weight": None, "2.1.bias": None}, r"missing 0\.weight, 2\.1\.bias"),
        ({"3.weight": torch.zeros(1)}, r"unknown 3\.weight"),
        ({"0.bias": torch.zeros(7)}, r"0\.bias has shape \(7,\), expected \(4,\)"),
        (
            {"0.bias": torch.zeros(7), "2.0.weight": None, "x": torch.zeros(1)},
            r"missing 2\.0\.weight; unknown x; 0\.bias has shape",
        ),
        ({"0.bias": [0.0, 0.0, 0.0, 0.0]}, r"0\.bias is a list, expected a tensor"),
        (
            {"0.bias": torch.zeros(4, dtype=torch.complex64)},
            r"0\.bias is complex64, which loses something as float32",
        ),
    ],
)
def test_weights_that_do_not_fit_change_nothing(
    changes: dict[str, Tensor | None], words: str
) -> None:
    module = network()
    before = copies(module)
    state = {name: torch.zeros_like(value) for name, value in module.state_dict().items()}
    for name, value in changes.items():
        if value is None:
            del state[name]
        else:
            state[name] = value
    with pytest.raises(WeightsError, match=f"do not fit Sequential: .*{words}"):
        module.load_state_dict(state)
    assert_unchanged(module, before)


def test_modes_reach_every_module() -> None:
    module = Residual(Sequential(Conv2d(2, 2, 1), ReLU()))
    assert all(part.training for part in module.modules())
    assert module.eval() is module
    assert not any(part.training for part in module.modules())
    assert module.train() is module
    assert all(part.training for part in module.modules())
    assert module.train(False) is module
    assert not any(part.training for part in module.modules())


def test_evaluation_gives_every_module_its_own_mode_back() -> None:
    frozen = Conv2d(2, 2, 1)
    module = Sequential(frozen, ReLU())
    frozen.eval()
    with module.evaluation():
        assert not any(part.training for part in module.modules())
    assert [part.training for part in module.modules()] == [True, False, True]
    module.eval()
    with pytest.raises(KeyError), module.evaluation():
        raise KeyError
    assert not any(part.training for part in module.modules())


def test_a_child_alone_can_be_in_another_mode() -> None:
    body = Conv2d(2, 2, 1)
    module = Sequential(body, ReLU())
    body.eval()
    output = module(torch.rand(1, 2, 3, 3))
    with pytest.raises(StateError, match="Conv2d"):
        module.backward(output)


def test_modules_are_walked_parents_first() -> None:
    inner = Sequential(ReLU())
    outer = Residual(inner)
    assert list(outer.modules()) == [outer, inner, inner[0]]


def test_to_converts_values_and_gradients() -> None:
    module = network()
    output = module(torch.rand(1, 3, 9, 9))
    module.backward(torch.ones_like(output))
    before = [gradient.clone() for _, gradient in module.param()]
    assert module.to(dtype=torch.float64) is module
    for (value, gradient), old in zip(module.param(), before, strict=True):
        assert value.dtype == gradient.dtype == torch.float64
        assert torch.equal(gradient, old.double())
    assert module(torch.rand(1, 3, 9, 9, dtype=torch.float64)).dtype == torch.float64


def test_to_another_device_keeps_the_dtype() -> None:
    module = network().to(dtype=torch.float64)
    module.to("meta")
    for value, gradient in module.param():
        assert (value.device.type, value.dtype) == ("meta", torch.float64)
        assert (gradient.device.type, gradient.dtype) == ("meta", torch.float64)
    assert module.to() is module


def test_a_deep_copy_is_independent() -> None:
    module = network()
    twin = copy.deepcopy(module)
    before = copies(module)
    twin.update_param([torch.zeros_like(value) for value, _ in twin.param()])
    assert_unchanged(module, before)


@pytest.mark.parametrize("kind", [ShapeError, StateError])
def test_errors_are_also_torchs_types(kind: type[ScratchError]) -> None:
    assert issubclass(kind, RuntimeError)
