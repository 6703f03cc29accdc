"""A camera's photo is led to the model for camera noise; nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from desktop_app.controllers.context import Context
from desktop_app.controllers.document import Document, LoadedPicture
from desktop_app.controllers.model_hint import ModelHint
from desktop_app.controllers.models import ModelsController
from desktop_app.controllers.observable import Observable
from desktop_app.services.pictures import open_picture

MAKER, MODEL, DETAILS = 0x010F, 0x0110, 0x8769
EXPOSURE_TIME, SENSITIVITY, COLOUR_SPACE = 0x829A, 0x8827, 0xA001
CAMERA = {MAKER: "Canon", MODEL: "EOS R6", DETAILS: {SENSITIVITY: 6400}}


@pytest.fixture
def open_document(tmp_path):
    def open_document(tags, suffix=".jpg"):
        exif = Image.Exif()
        for tag, value in tags.items():
            if tag == DETAILS:
                exif.get_ifd(DETAILS).update(value)
            else:
                exif[tag] = value
        path = tmp_path / f"photo{suffix}"
        image = Image.fromarray(np.full((20, 30, 3), 90, np.uint8))
        if suffix == ".heic":
            pillow_heif = pytest.importorskip("pillow_heif")
            pillow_heif.from_pillow(image).save(path, exif=exif.tobytes())
        else:
            image.save(path, exif=exif)
        return Document(path, LoadedPicture(open_picture(path)))

    return open_document


@pytest.fixture
def models(tmp_path):
    return ModelsController(Context(tmp_path / "settings.json"))


@pytest.fixture
def current():
    return Observable(None)


@pytest.fixture
def hint(models, current):
    created = ModelHint(models, current)
    models.refresh()
    return created


def offered(hint):
    return None if hint.offer.value is None else hint.offer.value.name


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".heic"])
def test_a_camera_photo_is_offered_the_model_for_cameras(hint, current, open_document, suffix):
    assert offered(hint) is None
    current.value = open_document(CAMERA, suffix)
    assert offered(hint) == "camera"
    current.value = None
    assert offered(hint) is None


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {MAKER: "Epson", MODEL: "Perfection V600"},
        {MAKER: "Epson", DETAILS: {COLOUR_SPACE: 1}},
        {DETAILS: {SENSITIVITY: 6400}},
    ],
    ids=["nothing", "scanner", "scanner with details", "no device"],
)
def test_pictures_from_elsewhere_are_not(hint, current, open_document, tags):
    current.value = open_document(tags)
    assert offered(hint) is None


def test_an_exposure_time_tells_a_camera_too(hint, current, open_document):
    current.value = open_document({MODEL: "Pixel", DETAILS: {EXPOSURE_TIME: 0.01}})
    assert offered(hint) == "camera"


def test_synthetic_noise_is_what_the_chosen_model_knows(hint, current, open_document):
    document = open_document(CAMERA)
    current.value = document
    clean = document.state.value.noisy
    document.change("Add noise", noisy=clean, truth=clean, noise="Gaussian 25")
    current.notify()
    assert offered(hint) is None
    document.undo()
    current.notify()
    assert offered(hint) == "camera"


def test_accepting_chooses_the_model_and_ends_the_offer(hint, models, current, open_document):
    current.value = open_document(CAMERA)
    hint.accept()
    assert models.chosen.value == "camera"
    assert offered(hint) is None
    models.choose("photo")
    assert offered(hint) == "camera"


def test_dismissed_advice_stays_away(hint, current, open_document):
    current.value = open_document(CAMERA)
    hint.dismiss()
    assert offered(hint) is None
    current.value = open_document(CAMERA, ".png")
    assert offered(hint) is None


def test_a_model_of_unknown_make_is_left_alone(hint, models, current, open_document, tmp_path):
    current.value = open_document(CAMERA)
    bare = tmp_path / "bare.safetensors"
    bare.write_bytes(b"")
    models.choose(str(bare))
    assert offered(hint) is None
