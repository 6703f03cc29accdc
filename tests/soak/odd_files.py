"""Stage: odd, broken and hostile picture files, each denoised in a process of its own.

The processes are copies of one that has read the program, so that each costs what its file costs.
"""

from __future__ import annotations

import io
import json
import os
import random
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from tests.soak.row import Row

PROJECT = Path(__file__).resolve().parents[2]
FILES, SHORT_FILES = 5_000, 8
SECONDS_ALLOWED = 20
_LONGEST_SECONDS = 300
_TOLERANT = ["--allow-damaged", "--first-frame"]
# These are sound pictures of 196 megapixels, which take what such pictures take.
_NOT_ODD = ("largest-",)


@dataclass
class Findings:
    """What went wrong, a line each, by kind; and how many files gave a result or a sentence."""

    results: int = 0
    sentences: int = 0
    problems: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in PROBLEMS})


PROBLEMS = {
    "crash": "tracebacks and crashes",
    "slow": f"slower than {SECONDS_ALLOWED} s of the processor",
    "changed": "changed sources",
    "left": "files left behind",
    "lines": "lines beyond the sentence",
}


def rows(folder: Path, short: bool) -> Iterator[Row]:
    """Denoise the files; yield how many there were, and what went wrong."""
    count = SHORT_FILES if short else FILES
    command = [sys.executable, "-m", "tests.soak.odd_files", str(folder / "odd"), str(count)]
    finished = subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = json.loads(finished.stdout.splitlines()[-1])
    note = f"{found['results']:,} gave a result, {found['sentences']:,} a sentence"
    yield Row("odd files, a process each", found["results"] + found["sentences"], note=note)
    for kind, words in PROBLEMS.items():
        cases = found["problems"][kind]
        yield Row(words, len(cases), 0, note="; ".join(cases[:3]))


def cases(count: int) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents: known kinds first, then sound files that chance has spoiled."""
    from tests.desktop_app.services.pictures.hostile_corpus import FORMATS, GROUPS

    number = 0
    known = ((name, content) for build in GROUPS.values() for name, content, _ in build())
    for name, content in known:
        if number < count // 2 and not name.startswith(_NOT_ODD):
            yield f"{number:05}-{name}", content
            number += 1
    chance = random.Random(16)
    sound = [*_sound_files()]
    endings = [*FORMATS, "heic", "dng", "jfif", "mpo", "nef", "orf"]
    while number < count:
        ending, content = chance.choice(sound)
        if chance.random() < 0.1:
            ending = chance.choice(endings)
        yield f"{number:05}.{ending}", _spoiled(content, chance.choice(sound)[1], chance)
        number += 1


def _sound_files() -> Iterator[tuple[str, bytes]]:
    """Sound files with much metadata, of every format that is written, and of 16 bits."""
    from desktop_app.services.pictures import Picture, PictureMetadata, save_picture
    from tests.desktop_app.services.pictures.hostile_corpus import FORMATS, photo, plain_tiff, saved

    image = Image.fromarray(photo())
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Maker", 6
    details = exif.get_ifd(0x8769)
    details[0x927C] = b"note" + saved(image, "JPEG")[:900]
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:Description tiff:Orientation='6'/></x:xmpmeta>"
    plain = PictureMetadata(
        exif=exif.tobytes(), xmp=xmp, iptc=b"\x1c\x02\x05\x00\x01T", dpi=(72, 72)
    )
    deep = photo().astype(np.uint16) * 257
    for ending in (*FORMATS, "heic"):
        for samples in (photo(), deep, photo()[:, :, :1]):
            if ending == "gif":
                yield ending, saved(image, "GIF")
                continue
            path = Path(f"/dev/shm/sound-{os.getpid()}.{ending}")
            save_picture(Picture(samples, metadata=plain), path, overwrite=True)
            content = path.read_bytes()
            path.unlink()
            yield ending, content
    yield "tif", plain_tiff()
    frames = [Image.new("RGB", (40, 30), (value, 9, 90)) for value in (10, 90)]
    for ending in ("gif", "png", "webp", "tif"):
        yield ending, saved(frames[0], FORMATS[ending], save_all=True, append_images=frames[1:])
    yield "jpg", saved(image, "JPEG", exif=exif, xmp=xmp) + b"\0\0\0\x18ftypmp42" + bytes(900)


def _spoiled(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """Flip bits, cut, stretch, join, or fill a part with one value."""
    spoiled = bytearray(content)
    place = chance.randrange(len(spoiled))
    # What says what a file is stands at its beginning.
    early = chance.randrange(min(len(spoiled), 400))
    kind = chance.randrange(7)
    if kind < 2:
        for _ in range(chance.choice((1, 2, 5, 30))):
            where = (
                chance.randrange(len(spoiled)) if kind else chance.randrange(min(400, len(spoiled)))
            )
            spoiled[where] ^= 1 << chance.randrange(8)
    elif kind == 2:
        del spoiled[place:]
    elif kind == 3:
        spoiled[early:early] = chance.randbytes(chance.choice((1, 2, 4, 100)))
    elif kind == 4:
        spoiled[place:] = other[chance.randrange(len(other)) :]
    elif kind == 5:
        size = chance.choice((1, 2, 4, 8))
        spoiled[early : early + size] = bytes([chance.choice((0, 127, 255))]) * size
    else:
        size = chance.choice((4, 40, 400))
        del spoiled[early : early + size]
    return bytes(spoiled)


def main(arguments: Sequence[str]) -> None:
    """Be the process whose copies open the files; print the findings as JSON."""
    folder, count = Path(arguments[0]), int(arguments[1])
    folder.mkdir(parents=True)
    _read_program()
    findings = Findings()
    for number, (name, content) in enumerate(cases(count)):
        _play(folder, name, content, _TOLERANT if number % 2 else [], findings)
        if number % 250 == 249:
            print(
                number + 1, Counter({k: len(v) for k, v in findings.problems.items()}), flush=True
            )
    print(json.dumps(vars(findings)))


def _read_program() -> None:
    import imagecodecs  # noqa: F401
    import pillow_heif  # noqa: F401
    import rawpy  # noqa: F401
    import torch

    import scratch_layers.inference
    import scratch_layers.models
    import scratch_layers.noise_analysis  # noqa: F401

    torch.set_num_threads(1)
    Image.init()


def _play(
    folder: Path, name: str, content: bytes, options: Sequence[str], findings: Findings
) -> None:
    source, target = folder / name, folder / "out.png"
    source.write_bytes(content)
    command = ["denoise", str(source), "-o", str(target), "--strength", "0", *options]
    status, seconds, said = _in_copy(command, folder.parent / "said.txt")
    problems = findings.problems
    if os.WIFSIGNALED(status) or "Traceback" in said or "Something unexpected" in said:
        problems["crash"].append(f"{name}: status {status}, {said[-300:]}")
    if seconds > SECONDS_ALLOWED:
        problems["slow"].append(f"{name}: {seconds:.1f} s")
    if source.read_bytes() != content:
        problems["changed"].append(name)
    made = target.exists()
    if extra := {path.name for path in folder.iterdir()} - {name, target.name}:
        problems["left"].append(f"{name}: {sorted(extra)}")
    strangers = _lines_beyond(said, str(source), made)
    if strangers:
        problems["lines"].append(f"{name}: {strangers[0][:200]}")
    findings.results += made
    findings.sentences += not made
    for path in folder.iterdir():
        path.unlink()


def _lines_beyond(said: str, source: str, made: bool) -> list[str]:
    lines = said.splitlines()
    if made:
        return [line for line in lines if not line.startswith((source, "  "))]
    return lines[1:] if lines and lines[0].endswith(".") else ["no sentence", *lines]


def _in_copy(command: Sequence[str], said: Path) -> tuple[int, float, str]:
    """Run a command in a copy of this process; return status, seconds computed, and words said."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(output, 1)
            os.dup2(output, 2)
            sys.stdout = io.TextIOWrapper(io.FileIO(1, "w"), encoding="utf-8", write_through=True)
            sys.stderr = io.TextIOWrapper(io.FileIO(2, "w"), encoding="utf-8", write_through=True)
            resource.setrlimit(resource.RLIMIT_CPU, (_LONGEST_SECONDS, _LONGEST_SECONDS))
            from desktop_app.cli.runner import main as run

            code = run(list(command))
        finally:
            os._exit(code)
    _, status, used = os.wait4(child, 0)
    return status, used.ru_utime + used.ru_stime, said.read_text("utf-8", "replace")


if __name__ == "__main__":
    main(sys.argv[1:])
