"""How far each algorithm may stray from the exact result, and that learning does not notice."""

from __future__ import annotations

import functools

import pytest
import torch
from torch import Tensor

from scratch_layers import Conv2d, ReLU, Sequential, Upsampling
from scratch_layers.functional import convolution
from scratch_layers.functional.convolution import ALGORITHMS
from scratch_layers.functional.geometry import Geometry
from scratch_layers.losses import MSE
from scratch_layers.optim import Adam
from tests.scratch_layers.torch_twins import random_tensor

# Of the output's range, as the algorithms' docstrings say; for float32.
FLOAT32_TOLERANCES = {
    "reference": 1e-5,
    "patches": 1e-5,
    "planes": 1e-5,
    "winograd-rows": 3e-5,
    "winograd": 1e-4,
    "auto": 1e-4,
}
SHAPES = {
    "wide": (128, 128, 1, 24),
    "large": (32, 40, 1, 96),
    "narrow": (3, 5, 4, 64),
    "tall": (64, 64, 1, 96),
    "deep": (400, 64, 1, 12),
}
PRODUCTS = ("forward", "input_gradient", "weight_gradient")


def three_products(
    image: Tensor, weight: Tensor, upstream: Tensor, algorithm: str
) -> dict[str, Tensor]:
    size = (image.shape[2], image.shape[3])
    geometry = Geometry.of(size, (3, 3), (1, 1), (1, 1), (1, 1, 1, 1))
    rest = (geometry, 1, algorithm)
    return {
        "forward": convolution.forward(image, weight, None, *rest),
        "input_gradient": convolution.input_gradient(upstream, weight, *rest),
        "weight_gradient": convolution.weight_gradient(image, upstream, *rest),
    }


def examples(
    shape: tuple[int, int, int, int], offset: float, dtype: torch.dtype
) -> tuple[Tensor, Tensor, Tensor]:
    """Image, weight and upstream gradient."""
    channels, outputs, batch, size = shape
    image = (random_tensor(batch, channels, size, size) + offset).to(dtype)
    bound = (9 * channels) ** -0.5
    weight = (random_tensor(outputs, channels, 3, 3, seed=1) * bound).to(dtype)
    return image, weight, random_tensor(batch, outputs, size, size, seed=2, dtype=dtype)


@functools.cache
def exact_products(
    shape: tuple[int, int, int, int], offset: float, dtype: torch.dtype
) -> dict[str, Tensor]:
    """What the definition gives in double precision, once for all algorithms."""
    image, weight, upstream = examples(shape, offset, dtype)
    return three_products(image.double(), weight.double(), upstream.double(), "reference")


def worst_errors(
    shape: tuple[int, int, int, int], offset: float, algorithm: str, dtype: torch.dtype
) -> dict[str, float]:
    """The largest errors as parts of the range, on the same numbers of the given dtype."""
    numbers = examples(shape, offset, dtype)
    found = three_products(*numbers, algorithm)
    exact = exact_products(shape, offset, dtype)
    assert {tensor.dtype for tensor in found.values()} == {dtype}
    return {
        name: float((found[name].double() - exact[name]).abs().max())
        / float(exact[name].max() - exact[name].min())
        for name in PRODUCTS
    }


@pytest.mark.parametrize("algorithm", convolution.ALGORITHMS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("offset", [0.0, 5.0])
def test_float32_stays_within_the_stated_error(algorithm: str, shape: str, offset: float) -> None:
    errors = worst_errors(SHAPES[shape], offset, algorithm, torch.float32)
    assert max(errors.values()) < FLOAT32_TOLERANCES[algorithm], errors


@pytest.mark.parametrize("offset", [0.0, 5.0])
@pytest.mark.parametrize(("kernel", "dilation"), [(5, 1), (3, 2), (5, 3)])
def test_larger_and_dilated_kernels_stay_within_the_error_of_rows(
    kernel: int, dilation: int, offset: float
) -> None:
    layer = Conv2d(48, 40, kernel, padding=kernel // 2, dilation=dilation)
    exact = Conv2d(
        48, 40, kernel, padding=kernel // 2, dilation=dilation,
        dtype=torch.float64, algorithm="reference",
    )  # fmt: skip
    exact.load_state_dict(layer.state_dict())
    image = random_tensor(1, 48, 60, 60, dtype=torch.float32) + offset
    found, expected = layer(image), exact(image.double())
    upstream = random_tensor(*found.shape, seed=1, dtype=torch.float32)
    pairs = [
        (found, expected),
        (layer.backward(upstream), exact.backward(upstream.double())),
        (layer.weight.gradient, exact.weight.gradient),
    ]
    for result, truth in pairs:
        error = (result.double() - truth).abs().max() / (truth.max() - truth.min())
        assert error < FLOAT32_TOLERANCES["winograd-rows"]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("algorithm", convolution.ALGORITHMS)
@pytest.mark.parametrize("shape", ["wide", "narrow"])
def test_half_precision_stays_within_its_rounding(
    algorithm: str, shape: str, dtype: torch.dtype
) -> None:
    errors = worst_errors(SHAPES[shape], 0.0, algorithm, dtype)
    digit = torch.finfo(dtype).eps
    by_rows = algorithm in ("auto", "winograd-rows") and shape == "wide"
    limit = 4 * digit if by_rows and dtype == torch.bfloat16 else digit
    assert max(errors.values()) < limit, errors


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_upsampling_stays_within_the_stated_error(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    layer = Upsampling(48, 48, 3, padding=1, transposeconvargs=False, scale_factor=2, dtype=dtype)
    exact = Upsampling(
        48, 48, 3, padding=1, transposeconvargs=False, scale_factor=2,
        dtype=torch.float64, algorithm="reference",
    )  # fmt: skip
    exact.load_state_dict(layer.state_dict())
    image, upstream = random_tensor(1, 48, 20, 20), random_tensor(1, 48, 40, 40, seed=1)
    image, upstream = image.to(dtype), upstream.to(dtype)
    tolerance = max(1e-4, 2 * torch.finfo(dtype).eps)
    for found, expected in (
        (layer(image), exact(image.double())),
        (layer.backward(upstream), exact.backward(upstream.double())),
    ):
        error = (found.double() - expected).abs().max() / (expected.max() - expected.min())
        assert error < tolerance


def learn(algorithm: str) -> list[float]:
    """The losses of a small network that learns to remove noise."""
    torch.manual_seed(5)
    network = Sequential(
        Conv2d(3, 12, 3, padding=1, algorithm=algorithm),
        ReLU(),
        Conv2d(12, 12, 3, padding=1, algorithm=algorithm),
        ReLU(),
        Conv2d(12, 3, 3, padding=1, algorithm=algorithm),
    )
    generator = torch.Generator().manual_seed(6)
    coarse = torch.rand(4, 3, 4, 4, generator=generator)
    clean = coarse.repeat_interleave(4, 2).repeat_interleave(4, 3)
    noisy = clean + 0.2 * torch.randn(clean.shape, generator=generator)
    loss, optimizer = MSE(), Adam(lr=5e-3)
    losses = []
    for _ in range(60):
        network.zero_grad()
        losses.append(float(loss.forward(network.forward(noisy), clean)))
        network.backward(loss.backward())
        optimizer.step(network.param())
    return losses


@pytest.fixture(scope="module")
def reference_losses() -> list[float]:
    return learn("reference")


@pytest.mark.parametrize(
    "algorithm", [name for name in convolution.ALGORITHMS if name != "reference"]
)
def test_learning_reaches_the_same_loss(algorithm: str, reference_losses: list[float]) -> None:
    losses = learn(algorithm)
    assert losses[:5] == pytest.approx(reference_losses[:5], rel=1e-4)
    assert losses[-1] == pytest.approx(reference_losses[-1], rel=0.02)
    assert losses[-1] < 0.2 * losses[0]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("place", [(10, 10), (13, 16)])
def test_how_far_a_pixel_that_is_no_number_reaches(algorithm: str, place: tuple[int, int]) -> None:
    """What Conv2d's documentation states."""
    image = torch.randn(1, 16, 40, 40)
    image[0, 3][place] = float("nan")
    output = Conv2d(16, 16, 3, padding=1, algorithm=algorithm).eval()(image)
    touched = output[0].isnan().any(0)
    y, x = place
    assert touched[y - 1 : y + 2, x - 1 : x + 2].all()
    allowed = 6 if algorithm in ("auto", "winograd", "winograd-rows") else 1
    distance = (touched.nonzero() - torch.tensor(place)).abs().max()
    assert int(distance) <= allowed


@pytest.mark.parametrize(("inputs", "outputs"), [(64, 64), (16, 12), (4, 32), (40, 3)])
@pytest.mark.parametrize("kernel", [3, 5])
def test_gradients_in_bfloat16_are_as_exact_as_their_rounding(
    inputs: int, outputs: int, kernel: int
) -> None:
    """Half a step of the format at the largest number for the image, a step for the weight."""
    layer = Conv2d(inputs, outputs, kernel, padding=kernel // 2, dtype=torch.bfloat16)
    exact = Conv2d(
        inputs, outputs, kernel, padding=kernel // 2, dtype=torch.float64, algorithm="reference"
    )
    exact.load_state_dict(layer.state_dict())
    image = random_tensor(2, inputs, 36, 36).bfloat16()
    upstream = random_tensor(2, outputs, 36, 36, seed=1).bfloat16()
    layer.forward(image)
    exact.forward(image.double())
    step = torch.finfo(torch.bfloat16).eps
    for found, expected, limit in (
        (layer.backward(upstream), exact.backward(upstream.double()), step / 2),
        (layer.weight.gradient, exact.weight.gradient, step),
    ):
        error = float((found.double() - expected).abs().max() / expected.abs().max())
        assert error < limit


@pytest.mark.parametrize(
    "layer",
    [
        Conv2d(32, 32, 3, padding=1, dtype=torch.bfloat16),
        Upsampling(
            32, 32, 3, padding=1, transposeconvargs=False, scale_factor=2, dtype=torch.bfloat16
        ),
    ],
)
def test_no_product_makes_torch_give_up_its_fast_ones(layer: Conv2d | Upsampling) -> None:
    """Where oneDNN refuses a product, torch is without it from then on, a hundred times slower."""
    for size in (48, 49):
        layer.eval().forward(torch.rand(1, 32, size, size).bfloat16())
        assert torch._C._get_mkldnn_enabled()
