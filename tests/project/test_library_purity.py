"""The library does its own work: proved by reading its source and by watching it run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import scratch_layers
from scratch_layers.cross_entropy import CrossEntropy
from scratch_layers.layers import (
    Conv2d,
    LeakyReLU,
    NNUpsampling,
    PixelShuffle,
    PixelUnshuffle,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Upsampling,
)
from scratch_layers.losses import L1, MSE, Charbonnier, SmoothL1
from scratch_layers.optim import SGD, Adam
from tests.project.purity import violations
from tests.scratch_layers.layers.examples import EXAMPLES, Example

LIBRARY = Path(scratch_layers.__file__).parent
SOURCES = sorted(LIBRARY.rglob("*.py"))


def test_the_library_has_sources_to_read() -> None:
    assert len(SOURCES) > 20


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(LIBRARY)))
def test_source_uses_tensors_only(path: Path) -> None:
    found = violations(path.read_text(encoding="utf-8"))
    if path == LIBRARY / "lazy.py":  # it can reach modules of its own package only
        assert 'import_module(f".{' in path.read_text(encoding="utf-8")
        found = [violation for violation in found if violation.what != "imports importlib"]
    assert not found, "\n".join(f"{path}:{line}: {what}" for line, what in found)


@pytest.mark.parametrize(
    "planted",
    [
        "import torch.nn",
        "import torch.nn.functional as F",
        "import torch.optim",
        "import torch.autograd",
        "from torch import nn",
        "from torch import *",
        "from torch import conv2d",
        "from torch import sigmoid as squash",
        "from torch.nn import functional",
        "from torch.nn.functional import relu",
        "from torch.utils.checkpoint import checkpoint",
        "import torch\ntorch.nn.Conv2d(1, 1, 1)",
        "import torch as t\nt.nn.functional.unfold(x, 3)",
        "import torch\ntorch.conv2d(x, w)",
        "import torch\ntorch.conv_transpose2d(x, w)",
        "import torch\ntorch.convolution(x, w)",
        "import torch\ntorch.mkldnn_convolution(x, w)",
        "import torch\ntorch.native_batch_norm(x)",
        "import torch\ntorch._C._nn.im2col(x)",
        "import torch\ntorch.ops.aten.relu(x)",
        "import torch\ntorch.relu(x)",
        "import torch\ntorch.relu_(x)",
        "import torch\ntorch.sigmoid(x)",
        "import torch\ntorch.special.expit(x)",
        "import torch\ntorch.softmax(x, 0)",
        "import torch\ntorch.pixel_shuffle(x, 2)",
        "import torch\ntorch.pixel_unshuffle(x, 2)",
        "import torch\ntorch.max_pool2d(x, 2)",
        "import torch\ntorch.kl_div(x, y)",
        "import torch\ntorch.jit.script(f)",
        "import torch\ntorch.compile(f)",
        "import torch\ntorch.func.grad(f)",
        "import torch\ntorch.autograd.grad(y, x)",
        "import torch\ntorch.optim.SGD([])",
        "import torch\ntorch.enable_grad()",
        "import torch\ntorch.zeros(1, requires_grad=True)",
        "import torch\ntorch.load('x')",
        "import torch\ntorch.save(x, 'x')",
        "import torch\ntorch.from_numpy(a)",
        "import torch\ngetattr(torch, 'conv2d')(x, w)",
        "import torch\ngetattr(torch, name)(x, w)",
        "from torch import Tensor\nTensor.relu(x)",
        "x.sigmoid()",
        "x.sigmoid_()",
        "x.relu()",
        "x.mul(2).softmax(0)",
        "x.log_softmax(0)",
        "self.value.relu()",
        "f = x.sigmoid",
        "getattr(x, 'relu')()",
        "x.requires_grad_()",
        "x.requires_grad = True",
        "y = x.grad",
        "x.numpy()",
        "import numpy",
        "import numpy as np",
        "from PIL import Image",
        "import tkinter",
        "from tkinter import ttk",
        "import matplotlib.pyplot",
        "import scipy.signal",
        "import desktop_app.services",
        "import pickle",
        "import importlib",
        "eval('1')",
        "exec('1')",
        "compile('1', '', 'eval')",
        "__import__('torch.nn')",
    ],
)
def test_planted_violation_is_found(planted: str) -> None:
    assert violations(planted)


@pytest.mark.parametrize(
    "innocent",
    [
        "import math, json\nfrom pathlib import Path",
        "from safetensors.torch import save_file",
        "import torch\ntorch.mm(a, b) + torch.einsum('ij,jk->ik', a, b)",
        "import torch\nfrom torch import Tensor\nx: Tensor = torch.zeros(2).tanh()",
        "import torch\ntorch.linalg.eigvalsh(a)\ntorch.linalg.vector_norm(a)",
        "import torch\ntorch.cuda.is_available()",
        "x.unfold(2, 3, 1).clamp(min=0)",
        "self.sigmoid(x)",
        "network.backward(network.forward(x))",
        "from scratch_layers.functional import resampling\nresampling.sigmoid(x)",
        "from . import activations\nactivations.relu(x)",
        "ReLU()(x)",
        "def relu(x): return x.clamp(min=0)\nrelu(x)",
        "parameter.gradient.zero_()",
    ],
)
def test_own_work_is_not_taken_for_a_violation(innocent: str) -> None:
    assert not violations(innocent)


class _Recorder(TorchDispatchMode):
    """Notes the name of every kernel that torch runs."""

    def __init__(self) -> None:
        super().__init__()
        self.kernels: set[str] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        self.kernels.add(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


_KERNELS_OF_LAYERS = (
    *("conv", "relu", "sigmoid", "softmax", "upsample", "pixel_shuffle", "pixel_unshuffle"),
    *("im2col", "col2im", "mse_loss", "l1_loss", "huber_loss", "batch_norm", "layer_norm"),
    *("pool2d", "group_norm", "gelu", "silu", "dropout", "nll_loss", "cross_entropy"),
    *("threshold", "adam", "sgd", "reflection_pad", "replication_pad", "constant_pad"),
)


def _forbidden_kernels(work: Callable[[], object]) -> set[str]:
    with _Recorder() as recorder:
        work()
    assert recorder.kernels, "torch ran nothing, so nothing was proved"
    return {
        kernel for kernel in recorder.kernels if any(part in kernel for part in _KERNELS_OF_LAYERS)
    }


def test_recorder_sees_the_kernel_behind_an_innocent_name() -> None:
    x, w = torch.rand(1, 1, 4, 4), torch.rand(1, 1, 3, 3)
    assert _forbidden_kernels(lambda: torch.nn.functional.conv2d(x, w)) == {"convolution"}


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_no_layer_runs_torchs_kernel_of_it(example: Example) -> None:
    layer, image = example.layer(), example.input()
    assert not _forbidden_kernels(lambda: layer.backward(layer.forward(image)))


def test_cross_entropy_runs_no_kernel_of_a_loss() -> None:
    loss, logits, classes = CrossEntropy(), torch.rand(4, 3), torch.tensor([0, 1, 2, 1])
    assert not _forbidden_kernels(lambda: (loss.forward(logits, classes), loss.backward()))


@pytest.mark.parametrize("padding_mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize(
    "loss", [MSE(), L1(), Charbonnier(), SmoothL1()], ids=lambda loss: type(loss).__name__
)
@pytest.mark.parametrize("optimizer", [SGD(lr=0.1, momentum=0.9), Adam()])
def test_training_step_runs_no_kernel_of_a_layer(
    padding_mode: str, loss: Any, optimizer: Any
) -> None:
    network = Sequential(
        PixelUnshuffle(2),
        Conv2d(12, 16, 3, padding=1, padding_mode=padding_mode),
        LeakyReLU(0.1),
        Residual(
            Sequential(
                Conv2d(16, 16, 3, stride=2, padding=1, groups=2),
                ReLU(),
                Upsampling(16, 16, 3, padding=1, transposeconvargs=False, scale_factor=2),
            )
        ),
        NNUpsampling(2),
        Conv2d(16, 12, 1, stride=2),
        PixelShuffle(2),
        Sigmoid(),
    )
    images = torch.rand(2, 3, 16, 16)

    def step() -> None:
        loss.forward(network.forward(images), images)
        network.backward(loss.backward())
        optimizer.step(network.param())

    assert not _forbidden_kernels(step)
