"""Every number of the example by hand is recomputed, pixel by pixel and by the layer."""

from __future__ import annotations

import re

import torch
from torch import Tensor

from scratch_layers import Conv2d
from tests.markdown import PROJECT

TEXT = (PROJECT / "docs" / "how-convolution-works.md").read_text(encoding="utf-8")


def table(name: str) -> Tensor:
    (block,) = re.findall(rf"^```text {name}\n(.*?)^```", TEXT, flags=re.DOTALL | re.MULTILINE)
    return torch.tensor([[float(word) for word in line.split()] for line in block.splitlines()])


def by_hand() -> dict[str, Tensor]:
    """Stride 2, padding 1, bias 1, one number at a time."""
    image, kernel, upstream = table("image"), table("kernel"), table("output gradient")
    output = torch.ones(3, 3)
    image_gradient, kernel_gradient = torch.zeros(5, 5), torch.zeros(3, 3)
    for y in range(3):
        for x in range(3):
            for i in range(3):
                for j in range(3):
                    row, column = 2 * y + i - 1, 2 * x + j - 1
                    if 0 <= row < 5 and 0 <= column < 5:
                        output[y, x] += kernel[i, j] * image[row, column]
                        kernel_gradient[i, j] += upstream[y, x] * image[row, column]
                        image_gradient[row, column] += upstream[y, x] * kernel[i, j]
    return {
        "output": output,
        "kernel gradient": kernel_gradient,
        "image gradient": image_gradient,
    }


def test_the_tables_are_what_the_equation_gives() -> None:
    for name, numbers in by_hand().items():
        assert table(name).tolist() == numbers.tolist(), f"{name}:\n{numbers.int().tolist()}"


def test_the_tables_are_what_the_layer_gives() -> None:
    layer = Conv2d(1, 1, 3, stride=2, padding=1)
    layer.weight.value.copy_(table("kernel"))
    layer.bias.value.fill_(1.0)
    output = layer(table("image")[None, None])
    gradient = layer.backward(table("output gradient")[None, None])
    torch.testing.assert_close(output[0, 0], table("output"))
    torch.testing.assert_close(layer.weight.gradient[0, 0], table("kernel gradient"))
    torch.testing.assert_close(gradient[0, 0], table("image gradient"))


def test_the_sums_in_the_text_are_right_and_stand_in_the_tables() -> None:
    sums = re.findall(r"\$([-\d\\cdot +()\n]+?) = (-?\d+)\$", TEXT)
    assert len(sums) == 4
    for terms, result in sums:
        assert eval(terms.replace(r"\cdot", "*").replace("\n", " ")) == int(result), terms
    found = {int(result) for _, result in sums}
    named = {
        int(table("output")[1, 1]),
        int(table("output")[0, 0]),
        int(table("kernel gradient")[1, 1]),
        int(table("image gradient")[1, 1]),
    }
    assert found == named
    assert int(table("output gradient").sum()) == 4
