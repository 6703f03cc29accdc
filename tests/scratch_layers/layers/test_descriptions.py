"""What layers say of themselves is what they do."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch

import scratch_layers.layers
from scratch_layers import (
    Conv2d,
    Module,
    Parameter,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Upsampling,
)
from scratch_layers.described import Extent
from scratch_layers.errors import ArgumentTypeError
from tests.scratch_layers.layers.examples import EXAMPLES, Example
from tests.scratch_layers.torch_twins import random_tensor

EVERY_LAYER = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
EVERY_LOCAL_LAYER = pytest.mark.parametrize(
    "example",
    [example for example in EXAMPLES.values() if example.is_local],
    ids=[name for name, example in EXAMPLES.items() if example.is_local],
)
AXES = pytest.mark.parametrize("axis", [0, 1])
PERIOD = 12


class Mystery(Module):
    """Says nothing of itself."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = Parameter(torch.ones(1))


@EVERY_LAYER
def test_the_definition_is_what_forward_computes(example: Example) -> None:
    layer, image = example.layer(), example.input()
    for mode in (True, False):
        layer.train(mode)
        torch.manual_seed(3)
        expected = layer.definition(image)
        torch.manual_seed(3)
        torch.testing.assert_close(layer(image), expected, rtol=1e-12, atol=1e-12)


@EVERY_LOCAL_LAYER
@AXES
def test_output_extents_are_how_sizes_grow(example: Example, axis: int) -> None:
    layer = example.layer().eval()
    channels = example.shape[1]
    extent = layer.output_extent(Extent(channels))
    sizes = []
    for periods in (1, 3):
        shape = [1, channels, PERIOD, PERIOD]
        shape[2 + axis] *= periods
        output = layer(random_tensor(*shape))
        assert output.shape[1] == extent.channels
        sizes.append(output.shape[2 + axis])
    grown = Fraction(sizes[1] - sizes[0], 2 * PERIOD)
    assert grown == (extent.height, extent.width)[axis]


@EVERY_LOCAL_LAYER
@AXES
def test_an_output_depends_on_exactly_the_positions_read(example: Example, axis: int) -> None:
    layer = example.layer()
    size = 3 * PERIOD
    image = random_tensor(1, example.shape[1], size, size).abs()
    output = layer(image)
    middle = output.shape[2 + axis] // 2
    for position in range(middle, middle + 3):
        upstream = torch.zeros_like(output)
        upstream.select(2 + axis, position).fill_(1.0)
        layer.forget()
        layer(image)
        gradient = layer.backward(upstream).abs().amax((0, 1, 3 - axis))
        touched = gradient.nonzero().flatten()
        first, last = layer.positions_read(axis, (position, position))
        assert (int(touched.min()), int(touched.max())) == (first, last)


@EVERY_LAYER
def test_the_last_step_of_a_trace_is_the_output(example: Example) -> None:
    layer, image = example.layer().eval(), example.input()
    steps = list(layer.trace(image))
    torch.testing.assert_close(steps[-1].output, layer(image))
    assert steps[0].input is image


@EVERY_LAYER
def test_a_layer_that_only_moves_values_does_so_whatever_they_are(example: Example) -> None:
    layer, image = example.layer().eval(), example.input()
    places = torch.arange(image.numel(), dtype=image.dtype).view(image.shape)
    found = layer(places)
    are_places = (
        (found >= 0).all() and (found < image.numel()).all() and (found == found.int()).all()
    )
    moves = bool(are_places) and torch.equal(image.flatten()[found.long()], layer(image))
    assert layer.only_moves == (moves and found.shape != image.shape)


@EVERY_LAYER
def test_the_text_of_a_layer_makes_the_layer(example: Example) -> None:
    layer = example.make()
    if next(layer.children(), None) is None:
        made = eval(repr(layer), vars(scratch_layers.layers))
        assert made.arguments() == layer.arguments()
        assert repr(made) == repr(layer)


def test_a_network_is_a_tree_of_text() -> None:
    network = Sequential(Conv2d(3, 4, (3, 5), bias=False), Residual(Sequential(ReLU())), Sigmoid())
    assert repr(network) == (
        "Sequential(\n"
        "  (0): Conv2d(3, 4, (3, 5), bias=False)\n"
        "  (1): Residual(\n"
        "    (body): Sequential(\n"
        "      (0): ReLU()\n"
        "    )\n"
        "  )\n"
        "  (2): Sigmoid()\n"
        ")"
    )


def test_a_trace_names_its_steps_and_counts_what_sums_skip() -> None:
    inner = Residual(Conv2d(2, 2, 1))
    network = Sequential(ReLU(), Residual(Sequential(inner, Sequential(), ReLU())))
    steps = list(network.eval().trace(torch.rand(1, 2, 3, 3)))
    assert [step.name for step in steps] == [
        *("0", "1.body.0.body", "1.body.0", "1.body.2", "1"),
    ]
    assert [step.depth for step in steps] == [0, 2, 1, 1, 0]
    assert [step.skipped for step in steps] == [None, None, 1, None, 3]


def test_layers_say_in_a_few_words_what_they_are() -> None:
    assert Conv2d(4, 4, (3, 2), stride=2, groups=4).details() == "3×2, stride 2, 4 groups"
    assert Upsampling(2, 2, 3, stride=2).details() == "3×3, 2× larger"
    direct = Upsampling(2, 2, 3, stride=3, transposeconvargs=False, scale_factor=2)
    assert direct.details() == "3×3, 2× larger, stride 3"
    assert ReLU().details() == ""


def test_questions_without_an_answer_name_the_layer() -> None:
    image = torch.rand(1, 1, 2, 2)
    with pytest.raises(ArgumentTypeError, match="which pixels a Mystery reads"):
        Sequential(Mystery()).positions_read(0, (0, 0))
    with pytest.raises(ArgumentTypeError, match="what size of image a Mystery puts out"):
        Residual(Mystery()).output_extent(Extent(1))
    with pytest.raises(ArgumentTypeError, match="how a Mystery is defined"):
        Sequential(Mystery()).definition(image)
    assert repr(Mystery()) == "Mystery()"


def test_layers_say_in_two_sentences_what_they_do_and_why():
    kinds = {type(example.layer()) for example in EXAMPLES.values()} - {Sequential}
    assert len(kinds) > 20
    for kind in kinds:
        assert kind.purpose.count(". ") == 1, kind
        assert kind.purpose.endswith("."), kind
        assert kind.equation.startswith("y"), kind
