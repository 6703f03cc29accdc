"""Every file of the corpus gives the right picture or one sentence, soon and in bounded memory."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.desktop_app.services.pictures.hostile_corpus import (
    EITHER,
    GROUPS,
    REFUSED,
    build_corpus,
)

PROJECT = Path(__file__).resolve().parents[4]
SECONDS = 10.0
MEGABYTES = 2048


def opened(paths: list[Path], *options: str) -> dict[Path, dict[str, Any]]:
    """Open files in a process of its own, which hostile files may well end."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.run(
        [sys.executable, "-m", "tests.desktop_app.services.pictures.open_each", *options],
        input="".join(f"{path}\n" for path in paths),
        capture_output=True,
        text=True,
        env=environment,
        cwd=PROJECT,
        timeout=240,
        check=False,
    )
    answers = [json.loads(line) for line in process.stdout.splitlines()]
    assert process.returncode == 0, f"{answers[-1]} ended the process: {process.stderr[-2000:]}"
    assert process.stderr == ""
    return {Path(answer["path"]): answer for answer in answers if "path" in answer}


def check(answer: dict[str, Any], expected: Any) -> list[str]:
    """Say what is wrong with the answer to one file."""
    problems = [answer["traceback"]] if "traceback" in answer else []
    sentence = answer.get("sentence")
    if sentence is not None and (not sentence.endswith(".") or "\n" in sentence):
        problems.append(f"no sentence: {sentence}")
    if answer["seconds"] > SECONDS:
        problems.append(f"took {answer['seconds']:.1f} s of the processor")
    if answer["megabytes"] > MEGABYTES:
        problems.append(f"took {answer['megabytes']} MB")
    if isinstance(expected, np.ndarray):
        digest = hashlib.sha256(np.ascontiguousarray(expected).tobytes()).hexdigest()
        if answer.get("digest") != digest:
            problems.append(f"not the right picture: {answer}")
    elif expected == REFUSED and sentence is None:
        problems.append(f"not refused: {answer}")
    return problems


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
def test_every_file_gives_the_right_picture_or_a_sentence(group, tmp_path):
    corpus = build_corpus(tmp_path / "corpus", group)
    before = {path: path.read_bytes() for path in corpus}
    answers = opened(list(corpus))
    assert answers.keys() == corpus.keys()
    problems = {
        path.name: found for path in corpus if (found := check(answers[path], corpus[path]))
    }
    assert problems == {}
    assert {path: path.read_bytes() for path in (tmp_path / "corpus").iterdir()} == before


@pytest.mark.slow
@pytest.mark.parametrize("group", ["damaged", "moving", "circles"])
def test_what_can_be_had_of_damaged_and_moving_files(group, tmp_path):
    corpus = build_corpus(tmp_path / "corpus", group)
    answers = opened(list(corpus), "allow_damaged", "first_frame")
    problems = {path.name: found for path in corpus if (found := check(answers[path], EITHER))}
    assert problems == {}
    for path, answer in answers.items():
        if "shape" in answer and (path.name.startswith("cut-") or group == "moving"):
            assert answer["notices"], path.name
        if group == "moving":
            assert answer["shape"] == [9, 9, 3]
