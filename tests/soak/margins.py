"""Stage: the margins: second writers, wrong bits, bad neighbours, power, names, metadata."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from desktop_app.cli.runner import main
from desktop_app.services.folder_lock import FolderLock
from desktop_app.services.models import model_store
from desktop_app.services.pictures import Picture, open_picture, save_picture
from desktop_app.services.pictures.files.tiff_directory import (
    Directory,
    read_first_directory,
    tiff_stream,
)
from desktop_app.services.pictures.metadata.exif import EXIF_PREFIX
from scratch_layers.errors import WeightsError
from scratch_layers.models import Denoiser, ModelCard, load_model, save_model
from scratch_layers.training.checkpoint import load_checkpoint
from tests.desktop_app.services import test_power_loss
from tests.desktop_app.services.pictures.test_kept_metadata import camera_exif
from tests.desktop_app.services.pictures.test_stale_metadata import exif_with_previews
from tests.power_loss import check_every_state, recording
from tests.soak.person import make_photos
from tests.soak.row import Row

WRITERS, FLIPS, BAD_ITEMS, LONGEST_NAME = 20, 200, 50, 255
_FORMATS = ("jpg", "png", "tif", "webp", "avif", "heic")
_CHANGING = {0x0112, 0x0100, 0x0101, 0xA002, 0xA003, 0x011A, 0x011B, 0x0128}
_BAD_TEXTS = (b"", b"{", b"[" * 100_000, b"3", b"null", b"\xff\xfe", b'{"format": 9}', bytes(900))


def rows(folder: Path, short: bool) -> Iterator[Row]:
    """Try everything; yield how often it was tried, and how often a promise was broken."""
    share = 40 if short else 1
    photos = make_photos(folder / "photos", 6, (48, 40))
    run = folder / "runs" / "good"
    code, said = _say(_training(photos[0].parent, run))
    if code:
        raise RuntimeError(said)
    yield from _second_writers(folder, photos[0].parent, run, max(2, WRITERS // share))
    yield from _flipped_bits(folder, run, FLIPS // share)
    yield from _bad_neighbours(folder, photos, max(3, BAD_ITEMS // share))
    if not short:  # the suite does this in tests/desktop_app/services/test_power_loss.py
        yield from _power(folder)
    yield from _names(folder, range(1, LONGEST_NAME + 1, share))
    yield from _identity(folder)


def _training(photos: Path, run: Path) -> list[str]:
    return [
        *("train", "photo", "--data", str(photos), "--run", str(run), "--steps", "2"),
        *("--patch", "16", "--batch", "2", "--widths", "4", "--blocks", "1", "--threads", "1"),
    ]


def _say(command: list[str]) -> tuple[int, str]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        return main(command), said.getvalue()


def _second_writers(folder: Path, photos: Path, run: Path, count: int) -> Iterator[Row]:
    results = folder / "results"
    results.mkdir()
    commands = [
        ["train", "--resume", str(run)],
        _training(photos, run),
        ["denoise", str(photos), "-o", str(results), "--model", "photo"],
    ]
    before = _contents(run)
    refused = 0
    for number in range(count):
        place = results if number % 3 == 2 else run
        with FolderLock(place, "other work"):
            code, said = _say(commands[number % 3])
        refused += code == 1 and "is in use" in said
    refused -= _contents(run) != before or any(results.iterdir())
    note = f"{refused} of {count}"
    yield Row("second writers that were not refused", count - refused, 0, note=note)


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _flipped_bits(folder: Path, run: Path, count: int) -> Iterator[Row]:
    denoiser = Denoiser.create("plain", {"widths": [4]})
    models = folder / "models"
    models.mkdir()
    save_model(models, denoiser, ModelCard(name="own", title="Own", measured={}))
    card, weights = models / "own.json", models / "own.safetensors"
    files = (
        (run / "last.safetensors", lambda: load_checkpoint(run / "last.safetensors")),
        (weights, lambda: load_model(weights)),
        (card, lambda: load_model(weights)),
    )
    chance, accepted = random.Random(16), []
    for number in range(count):
        path, load = files[number % 3]
        whole = path.read_bytes()
        bit = chance.randrange(8 * len(whole))
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        with contextlib.suppress(WeightsError):
            load()
            accepted.append(f"bit {bit} of {path.name}")
        path.write_bytes(whole)
        load()
    note = f"{count - len(accepted)} of {count} refused {'; '.join(accepted[:3])}".strip()
    yield Row(
        "flipped bits of checkpoints, weights and cards accepted", len(accepted), 0, note=note
    )


def _bad_neighbours(folder: Path, photos: list[Path], count: int) -> Iterator[Row]:
    """Put bad items beside good ones, one after the other, and look whether the good ones work."""
    models = model_store.user_models_folder()
    models.mkdir(parents=True, exist_ok=True)
    denoiser = Denoiser.create("plain", {"widths": [4]})
    save_model(models, denoiser, ModelCard(name="good", title="Good"))
    batch, results = folder / "batch", folder / "of-batch"
    batch.mkdir()
    shutil.copy(photos[0], batch / "good.jpg")
    harmed = []
    places = [(models, "bad.json"), (folder / "runs", "bad"), (batch, "bad.png")]
    for number in range(count):
        place, name = places[number % 3]
        bad = _bad_item(place / name, number // 3)
        _, said = _say(["models"])
        _, listed = _say(["runs", str(folder / "runs")])
        options = ["--model", "good", "--existing", "overwrite"]
        _say(["denoise", str(batch), "-o", str(results), *options])
        made = [path.name for path in results.glob("good*")]
        if "good" not in said or "good" not in listed or len(made) != 1:
            harmed.append(f"{bad} in {place.name}")
        shutil.rmtree(results, ignore_errors=True)
        _remove(place / name)
    yield Row(
        "bad items that hid or stopped another",
        len(harmed),
        0,
        note=f"{count} tried in models, runs and batches {'; '.join(harmed[:3])}".strip(),
    )


def _bad_item(path: Path, number: int) -> str:
    """Make a bad item; return what it is."""
    kinds = ("pipe", "folder", "loop", "link to nothing", "closed")
    if number < len(kinds):
        kind = kinds[number]
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        elif kind == "closed":
            path.mkdir(mode=0)
        else:
            path.symlink_to(path if kind == "loop" else path.with_name("nothing"))
        return kind
    text = _BAD_TEXTS[number % len(_BAD_TEXTS)]
    if path.suffix:
        path.write_bytes(text)
    else:
        path.mkdir()
        (path / "config.json").write_bytes(text)
    return repr(text[:9])


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.chmod(0o700)
        shutil.rmtree(path)
    else:
        path.unlink()


def _power(folder: Path) -> Iterator[Row]:
    states, broken = 0, []
    for kind in ("picture", "settings", "checkpoint", "model"):
        place = folder / f"power-{kind}"
        place.mkdir()
        write = getattr(test_power_loss, f"write_{kind}")
        write(place, 1)
        with recording(place) as recorder:
            write(place, 2)
        version = getattr(test_power_loss, f"{kind}_in")
        try:
            states += check_every_state(recorder, folder / "rebuilt", version, 1, 2)
        except Exception as error:  # noqa: BLE001 - whatever a state raises is what is looked for
            broken.append(f"{kind}: {error}")
    note = f"{states} states of four kinds of files {'; '.join(broken)}".strip()
    yield Row(
        "kinds of files with a state after a power loss that does not open",
        len(broken),
        0,
        note=note,
    )


def _names(folder: Path, lengths: range) -> Iterator[Row]:
    picture = Picture(np.full((8, 8, 3), 90, np.uint8))
    denoiser = Denoiser.create("plain", {"widths": [4]})
    place, tried, failed = folder / "names", 0, []
    place.mkdir()
    for letter in ("a", "é", "山", "😀"):
        for length in lengths:
            for suffix in (".png", ".safetensors"):
                letters = (length - len(suffix)) // len(letter.encode())
                if letters < 1:
                    continue
                path = place / (letter * letters + suffix)
                tried += 1
                try:
                    if suffix == ".png":
                        save_picture(picture, path)
                        open_picture(path)
                    elif length % 16 == 15:
                        save_model(path, denoiser, ModelCard(name="own", title="Own"))
                        load_model(path)
                    else:
                        tried -= 1
                except Exception as error:  # noqa: BLE001 - whatever a name raises is looked for
                    failed.append(f"{len(path.name.encode())} bytes: {error}")
                for made in place.iterdir():
                    made.unlink()
    yield Row(
        "legal names refused", len(failed), 0, note=f"{tried} tried {'; '.join(failed[:2])}".strip()
    )


def _identity(folder: Path) -> Iterator[Row]:
    """Save pictures from every format in every other; look for EXIF lost and previews kept."""
    with_previews, previews = exif_with_previews()
    image = Image.fromarray(np.zeros((24, 40, 3), np.uint8))
    lost, shown, tried, tags = [], [], 0, 0
    blocks = with_previews, tiff_stream(camera_exif("<")), tiff_stream(camera_exif(">"))
    for block, source in itertools.product(blocks, _FORMATS):
        image.save(folder / "in.jpg", exif=EXIF_PREFIX + block)
        first = open_picture(folder / "in.jpg")
        wanted = _entries(first.metadata.exif)
        tags += len(wanted) * len(_FORMATS)
        save_picture(first, folder / f"source.{source}", overwrite=True)
        picture = open_picture(folder / f"source.{source}")
        for target in _FORMATS:
            path = folder / f"target.{target}"
            save_picture(picture, path, overwrite=True)
            tried += 1
            kept = _entries(open_picture(path).metadata.exif)
            lost += [
                f"{source} to {target}: tag {tag:#x}"
                for tag, value in wanted.items()
                if tag not in _CHANGING and kept.get(tag) != value
            ]
            content = path.read_bytes()
            if any(preview[-80:-40] in content for preview in previews):
                shown.append(f"{source} to {target}")
    note = f"{tags} tags through {tried} pairs of formats {'; '.join(lost[:3])}".strip()
    yield Row("tags of EXIF lost or changed", len(lost), 0, note=note)
    yield Row("results that hold a preview of their source", len(shown), 0, note="; ".join(shown))


def _entries(exif: bytes | None) -> dict[int, bytes]:
    directory = read_first_directory(io.BytesIO(exif or b""))
    found: dict[int, bytes] = {}
    waiting: list[Directory] = [directory] if directory else []
    for each in waiting:
        found.update({tag: entry.data for tag, entry in each.entries.items()})
        waiting.extend(each.nested.values())
    return found
