"""Memory that goes round in a network: it is used again, and never while somebody reads it."""

from __future__ import annotations

import pytest
import torch

from scratch_layers import Conv2d, ReLU, Residual, Sequential, Upsampling
from scratch_layers.functional import memory
from scratch_layers.functional.fast import constants
from scratch_layers.functional.memory import Pool, give_memory, recycling, scratch, take_memory
from scratch_layers.models import Denoiser


class CountingNewMemory(torch.utils._python_dispatch.TorchDispatchMode):
    """Writes down how many numbers each new piece of memory holds."""

    def __init__(self, taken: list[int]) -> None:
        super().__init__()
        self._taken = taken

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        result = function(*args, **(kwargs or {}))
        if function is torch.ops.aten.new_empty.default:
            self._taken.append(result.numel())
        return result


def network() -> Sequential:
    torch.manual_seed(0)
    body = Sequential(Conv2d(8, 8, 3, padding=1), ReLU(), Conv2d(8, 8, 3, padding=1))
    return Sequential(
        Conv2d(3, 8, 3, padding=1),
        Residual(body),
        ReLU(),
        Conv2d(8, 8, 2, stride=2),
        Upsampling(8, 8, 3, padding=1, transposeconvargs=False, scale_factor=2),
        Residual(body),
        Conv2d(8, 3, 3, padding=1),
    )


def test_blocks_go_round_inside_only() -> None:
    image = torch.zeros(1, 4, 6, 6)
    with recycling():
        block = take_memory(image.numel(), image)
        with recycling():
            give_memory(block.view(1, 6, 6, 4).permute(0, 3, 1, 2))
        assert take_memory(image.numel(), image).data_ptr() == block.data_ptr()
        assert take_memory(image.numel(), image).data_ptr() != block.data_ptr()
        give_memory(block.view(1, 6, 6, 4).permute(0, 3, 1, 2))
    assert take_memory(image.numel(), image).data_ptr() != block.data_ptr()


def test_blocks_of_another_size_or_dtype_stay_where_they_are() -> None:
    with recycling():
        give_memory(torch.zeros(1, 4, 6, 6).contiguous(memory_format=torch.channels_last))
        assert take_memory(4 * 36, torch.zeros(1, dtype=torch.float64)).dtype == torch.float64
        assert take_memory(100, torch.zeros(1)).numel() == 100


def image_of(block: torch.Tensor) -> torch.Tensor:
    return block.view(1, 1, -1, 1).permute(0, 3, 1, 2)


def test_blocks_that_are_kept_serve_the_next_time() -> None:
    blocks, like = Pool(), torch.zeros(1)
    with recycling(blocks):
        block = take_memory(100, like)
        give_memory(image_of(block))
    with recycling(blocks):
        assert take_memory(100, like).data_ptr() == block.data_ptr()


def _fail_with(block: torch.Tensor) -> None:
    give_memory(image_of(block))
    raise MemoryError


def test_an_error_leaves_nothing_behind() -> None:
    blocks, like = Pool(), torch.zeros(1)
    block = torch.zeros(100)
    with pytest.raises(MemoryError), recycling(blocks):
        _fail_with(block)
    with recycling(blocks):
        assert take_memory(100, like).data_ptr() != block.data_ptr()


def test_a_smaller_image_uses_the_memory_of_the_largest_and_gives_all_of_it_back() -> None:
    like, blocks = torch.zeros(1), Pool()
    large, small = torch.zeros(100), torch.zeros(50)
    blocks.prepare(400)
    for block in (large, small):
        blocks.give(image_of(block))
    blocks.prepare(300)
    for size, block in ((37, small), (75, large)):
        part = blocks.take(size, like)
        assert (part.data_ptr(), part.numel()) == (block.data_ptr(), size)
        blocks.give(image_of(part))
    blocks.prepare(400)
    assert blocks.take(100, like).data_ptr() == large.data_ptr()
    assert blocks.take(25, like).data_ptr() != small.data_ptr()


def test_only_the_largest_blocks_are_kept_for_the_next_time() -> None:
    like, blocks = torch.zeros(1), Pool()
    sizes = (100, 95, 60, 10)
    given = [torch.zeros(size) for size in sizes]
    with recycling(blocks):
        for block in given:
            give_memory(image_of(block))
    with recycling(blocks):
        kept = [take_memory(size, like).data_ptr() for size in sizes]
    same = [place == block.data_ptr() for place, block in zip(kept, given, strict=True)]
    assert same == [True, True, False, False]


def test_a_larger_image_leaves_nothing_of_a_smaller_one() -> None:
    like, blocks = torch.zeros(1), Pool()
    blocks.prepare(400)
    block = torch.zeros(100)
    blocks.give(image_of(block))
    blocks.prepare(500)
    assert blocks.take(100, like).data_ptr() != block.data_ptr()


def test_memory_that_belongs_to_others_is_not_taken() -> None:
    like, blocks = torch.zeros(1), Pool()
    whole = torch.zeros(2, 50)
    blocks.give(whole[1].view(1, 1, 50, 1))
    blocks.give(torch.zeros(1, 5, 5, 4))
    assert all(
        blocks.take(50, like).data_ptr() not in (row.data_ptr() for row in whole) for _ in range(2)
    )


def test_scratch_is_used_again_but_never_twice_at_once() -> None:
    like = torch.zeros(1, dtype=torch.int16)
    places = []
    for _ in range(3):
        with scratch() as take:
            first, second = take((4, 5), like).fill_(1), take((4, 5), like).fill_(2)
            with scratch() as take_inside:
                inner = take_inside((20,), like).fill_(3)
                large = take_inside((300,), like).fill_(4)
                assert take_inside((3,), like.double()).dtype == torch.float64
            pieces = (first, second, inner, large)
            assert [int(piece.sum()) for piece in pieces] == [20, 40, 60, 1200]
            places.append([piece.data_ptr() for piece in pieces])
            assert len(set(places[-1])) == 4
            again = take((20,), like).data_ptr()
            # The first time, the memory was too small and has been replaced meanwhile.
            assert again == inner.data_ptr() or len(places) == 1
    assert places[1] == places[2]


def test_scratch_is_given_back_when_an_error_ends_its_use() -> None:
    like = torch.zeros(1, dtype=torch.int32)
    with scratch() as take:
        place = take((5,), like).data_ptr()

    def fail() -> None:
        with scratch() as take:
            take((5,), like)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with scratch() as take:
        assert take((5,), like).data_ptr() == place


def test_many_shapes_of_scratch_are_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_MOST_PIECES", 3)
    like = torch.zeros(1, dtype=torch.int64)
    for size in (20, *range(1, 20)):
        with scratch() as take:
            assert take((size,), like).shape == (size,)
    assert len(memory._here.scratch[memory._key(like)]._pieces) <= 3


@pytest.mark.parametrize("algorithm", ["winograd-rows", "winograd", "patches"])
def test_what_is_made_of_a_weight_follows_it(algorithm: str) -> None:
    layer = Conv2d(8, 20, 3, bias=False, algorithm=algorithm).eval()
    image = torch.rand(1, 8, 9, 9)
    with recycling():
        first = layer.forward(image).clone()
        torch.testing.assert_close(layer.forward(image), first)
        layer.weight.value.mul_(2)
        second = layer.forward(image).clone()
        layer.weight.value = layer.weight.value * 2
        third = layer.forward(image)
        assert id(layer.weight.value) in constants._kept
    torch.testing.assert_close(second, 2 * first)
    torch.testing.assert_close(third, 4 * first)
    layer.train().forward(image)
    assert id(layer.weight.value) not in constants._kept


def test_evaluation_gives_what_training_gives() -> None:
    net, image = network(), torch.rand(2, 3, 16, 20)
    expected = net.train().forward(image)
    net.forget()
    torch.testing.assert_close(net.eval().forward(image), expected)


def test_input_and_former_outputs_stay_as_they_were() -> None:
    net, image = network().eval(), torch.rand(1, 3, 16, 16)
    before = image.clone()
    first = net.forward(image)
    kept = first.clone()
    net.forward(torch.rand(1, 3, 16, 16))
    torch.testing.assert_close(image, before, rtol=0, atol=0)
    torch.testing.assert_close(first, kept, rtol=0, atol=0)


def test_a_relu_overwrites_nothing_that_others_hold() -> None:
    image = torch.randn(1, 3, 8, 8)
    before = image.clone()
    for net in (Sequential(ReLU()), Sequential(Residual(Sequential(ReLU()))), Residual(ReLU())):
        net.forward(image)
        net.backward(image)
        torch.testing.assert_close(image, before, rtol=0, atol=0)


def test_a_deep_network_needs_few_blocks() -> None:
    """The memory of all activations of the photo network at once would be four times as much."""
    denoiser = Denoiser.create("photo-unet", {"widths": [8, 8], "blocks": 4})
    denoiser.network.eval()
    taken: list[int] = []
    with CountingNewMemory(taken):
        denoiser.network.forward(torch.rand(1, 4, 64, 64))
    largest = max(taken)
    assert taken.count(largest) <= 4
