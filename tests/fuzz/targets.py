"""What is fuzzed: any bytes, taken for a picture, its metadata, a model or a run.

They give it, or a sentence, and never anything else.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import torch
from PIL import Image

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import open_picture
from desktop_app.services.pictures.files import isobmff, tiff_directory
from desktop_app.services.pictures.metadata import (
    colour,
    exif,
    icc_making,
    photoshop,
    tiff_tags,
    xmp,
)
from desktop_app.services.pictures.metadata.raw_metadata import read_raw_metadata
from desktop_app.services.training.config import RunConfig, RunError, read_config
from desktop_app.services.training.data import DataConfig
from scratch_layers.errors import WeightsError
from scratch_layers.models import Denoiser, ModelCard, load_model, save_model
from scratch_layers.models.card import read_card
from scratch_layers.training.checkpoint import LAST, Checkpoint, load_checkpoint, save_checkpoint
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.events import FILE_NAME, RunLog, Started, Validated, read_events
from scratch_layers.training.progress import Progress
from tests.desktop_app.services.pictures.hostile_corpus import saved


def fuzz_picture(content: bytes, folder: Path) -> None:
    """Open bytes as a picture, whole and damaged; anything but a picture or a sentence raises."""
    path = folder / "any.png"
    path.write_bytes(content)
    for allow_damaged in (False, True):
        sentence = "A picture."
        try:
            picture = open_picture(path, first_frame=True, allow_damaged=allow_damaged)
            assert picture.samples.size
        except PictureError as error:
            sentence = str(error)
        assert sentence.endswith(".")
        assert "\n" not in sentence
    assert path.read_bytes() == content


def fuzz_weights(content: bytes, folder: Path) -> None:
    """Load bytes as the weights of a model whose card vouches for them."""
    card = folder / "model.json"
    if not card.exists():
        denoiser = Denoiser.create("plain", {"widths": [4]})
        save_model(folder, denoiser, ModelCard(name="model", title="Model"))
    fields = json.loads(card.read_text(encoding="utf-8"))
    fields.pop("card_sha256", None)
    fields["weights_sha256"] = hashlib.sha256(content).hexdigest()
    card.write_text(json.dumps(fields), encoding="utf-8")
    card.with_suffix(".safetensors").write_bytes(content)
    with suppress(WeightsError):
        denoiser, _ = load_model(card)
        for _, parameter in denoiser.network.named_parameters():
            assert parameter.value.isfinite().all()


def fuzz_card(content: bytes, folder: Path) -> None:
    """Read bytes as the card of a model."""
    path = folder / "card.json"
    path.write_bytes(content)
    with suppress(WeightsError):
        read_card(path).to_json()


def fuzz_metadata(content: bytes, folder: Path) -> None:
    """Take bytes for every kind of metadata; whatever comes of them can be written again."""
    fitting = exif.upright(content, 40, 30)
    if fitting is not None:
        assert exif.orientation_of(fitting.stream) in (None, 1) or not fitting.stream
        tiff_directory.tiff_stream(exif.directory_for_tiff(fitting.stream))
        exif.without_orientation(fitting.stream)
    read_raw_metadata(io.BytesIO(content))
    packet, _ = xmp.without_stale(xmp.upright(content, 40, 30))
    xmp.with_extension(packet, xmp.joined_extension([xmp.EXTENSION_PREFIX + content]))
    assert 1 <= xmp.orientation_of(packet) <= 8
    for is_turned in (False, True):
        kept, _ = photoshop.carried_resources(content, is_turned)
        assert photoshop.carried_resources(kept or b"", is_turned) == (kept, ())
        tiff_tags.carried(io.BytesIO(content), is_turned)
    photoshop.iptc_in_resources(content)
    items = isobmff.read_items(io.BytesIO(content))
    assert items.bits <= 255
    assert items.further_pictures is not None
    assert items.exif is None or isinstance(items.exif, bytes)
    for channels in (1, 3):
        colour.fitting_profile(content, channels)
    for name in (b"cICP", b"gAMA", b"cHRM"):
        colour.from_png({b"gAMA": content[:4], name: content[: 4 if name != b"cHRM" else 32]}, None)


def fuzz_run(content: bytes, folder: Path) -> None:
    """Take bytes for every file of a training run."""
    for name in ("config.json", FILE_NAME, LAST):
        (folder / name).write_bytes(content)
    with suppress(RunError):
        read_config(folder)
    for event in read_events(folder):
        assert event.step >= 0
    with suppress(WeightsError):
        load_checkpoint(folder / LAST)


def picture_seeds() -> list[bytes]:
    """Small sound pictures to begin with."""
    from tests.desktop_app.services.pictures.hostile_corpus import colours, deep, garbage

    contents = [content for group in (colours, deep, garbage) for _, content, _ in group()]
    return [content for content in contents if len(content) < 20_000]


def model_seeds(folder: Path) -> tuple[bytes, bytes]:
    """The card and the weights of a small sound model."""
    denoiser = Denoiser.create("plain", {"widths": [4]})
    save_model(folder, denoiser, ModelCard(name="model", title="Model"))
    card = folder / "model.json"
    return card.read_bytes(), card.with_suffix(".safetensors").read_bytes()


def metadata_seeds() -> list[bytes]:
    """Small sound pieces of metadata of every kind."""
    from tests.desktop_app.services.pictures import test_kept_metadata as kept
    from tests.desktop_app.services.pictures import test_stale_metadata as stale

    profile = icc_making.profile_of_gamma(1.0, None)
    assert profile is not None
    return [
        stale.exif_with_previews()[0],
        tiff_directory.tiff_stream(kept.camera_exif(">")),
        kept.canon_note(300),
        kept.cr3(),
        kept.raf(),
        stale.MOTION,
        stale.MICRO,
        stale.GAIN,
        kept.resource(2000, bytes(26)) + kept.resource(0x0404, b"iptc"),
        profile,
        saved(Image.new("RGB", (8, 8)), "AVIF"),
    ]


def run_seeds(folder: Path) -> list[bytes]:
    """A small sound configuration, record and checkpoint of a run."""
    training = TrainingConfig(steps=3, configuration={"widths": [4]}, architecture="plain")
    config = RunConfig(training, DataConfig("photo", ("photos",)))
    log = RunLog(folder, step_interval=1)
    log.write(Started(0, 7, 3, None))
    log.write(Validated(3, 0.5, 20.0, 0.5, True))
    torch.manual_seed(0)
    tensors = Denoiser.create("plain", {"widths": [4]}).network.state_dict()
    save_checkpoint(folder / LAST, Checkpoint(tensors, Progress(step=3), training))
    files = (folder / FILE_NAME, folder / LAST)
    return [json.dumps(config.to_json()).encode(), *(path.read_bytes() for path in files)]


TARGETS: dict[str, Callable[[bytes, Path], None]] = {
    "picture": fuzz_picture,
    "weights": fuzz_weights,
    "card": fuzz_card,
    "metadata": fuzz_metadata,
    "run": fuzz_run,
}
