"""The gradient that is shown on its way back must be the derivative."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from desktop_app.services.models.backward import gradient_flow
from desktop_app.services.models.inspection import as_image, padded_image
from desktop_app.services.models.worked_example import (
    CONVOLUTION,
    OUTPUT,
    UPSAMPLING,
    worked_example,
)
from scratch_layers.models import Denoiser, ModelCard, save_model


def norms_by_autograd(denoiser, pixels, place):
    """Differentiate the layers' definitions, and return the norm at every layer's output."""
    image, sigma = as_image(pixels, 10.0)
    given = denoiser.network_input(padded_image(denoiser, image), sigma)
    outputs = [given.requires_grad_()]
    for step in denoiser.network.eval().trace(given.detach()):
        if step.skipped is None:
            output = step.module.definition(outputs[-1])
        else:
            output = outputs[-1] + outputs[len(outputs) - 1 - step.skipped]
        output.retain_grad()
        outputs.append(output)
    outputs[-1][0][place].backward()
    return [float(output.grad.norm()) for output in outputs[1:]], given.grad[0, :3]


def test_every_layer_gets_its_gradient(tmp_path):
    torch.manual_seed(3)
    denoiser = Denoiser.create("photo-unet", {"widths": [4, 6], "blocks": 1})
    save_model(tmp_path, denoiser, ModelCard(name="small", title="Small"))
    pixels = np.random.default_rng(1).integers(0, 256, (22, 30, 3), dtype=np.uint8)
    flow = gradient_flow(pixels, str(tmp_path / "small.safetensors"), 10.0, (1, 12, 15))
    norms, photo = norms_by_autograd(denoiser, pixels, (1, 12, 15))
    assert [layer.norm for layer in flow.layers] == pytest.approx(norms, rel=1e-4)
    last = flow.layers[-1]
    assert (last.norm, last.touched) == (1, 1)
    place = 12 - last.corner[0], 15 - last.corner[1]
    assert last.maps[1][place] == 255
    assert np.count_nonzero(last.maps != 128) == 1
    brightest = np.unravel_index(int(photo.abs().argmax()), photo.shape)
    assert flow.photo[brightest[1], brightest[2], brightest[0]] in (0, 255)


@pytest.mark.parametrize("layer", [CONVOLUTION, UPSAMPLING])
@pytest.mark.parametrize("what", [OUTPUT, "Input gradient", "Weight gradient"])
def test_the_worked_sums_make_the_matrix_of_the_library(layer, what):
    sums = worked_example(layer, what)
    made = np.zeros_like(sums.result)
    for cell, left, right in sums.terms:
        made[cell] += sums.left[left] * sums.right[right]
    np.testing.assert_array_equal(made, sums.result)
    last = sums.terms[-1][0]
    count = sum(term[0] == last for term in sums.terms)
    assert sums.partial(len(sums.terms)) == (sums.result[last], count)
    assert sums.terms[sums.first_term(last)][0] == last
