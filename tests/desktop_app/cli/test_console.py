"""What is printed, wherever it goes."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from desktop_app.cli.options import path
from desktop_app.cli.runner import main
from desktop_app.services import console

HOSTILE = "a\x1b[31m\u202egpj\u200b\U000e0041"


def test_text_from_outside_is_made_visible(capsys):
    console.say(HOSTILE)
    console.complain(HOSTILE)
    out, err = capsys.readouterr()
    assert out == err == "a<U+001B>[31m<U+202E>gpj<U+200B><U+E0041>\n"


@pytest.mark.parametrize(
    "arguments",
    [[HOSTILE], ["denoise", HOSTILE], ["runs", HOSTILE], ["denoise", "x", "--sigma", HOSTILE],
     ["denoise", "x", "--model", HOSTILE], ["models", HOSTILE], ["train", "--resume", HOSTILE]],
)  # fmt: skip
def test_no_command_repeats_what_it_was_given(arguments, capsys):
    main(arguments)
    out, err = capsys.readouterr()
    assert not {"\x1b", "\u202e", "\u200b", "\U000e0041"} & set(out + err)
    assert "<U+001B>" in out + err or "\\x1b" in out + err


def run(words: str, tmp_path: Path) -> tuple[int, str]:
    result = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' -m desktop_app {words}"],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return result.returncode, result.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
def test_a_closed_output_is_no_failure_and_a_full_one_is(tmp_path):
    Image.new("RGB", (24, 24), (90, 90, 90)).save(tmp_path / "~b.png")
    assert run("models >&-", tmp_path) == (0, "")
    assert run("noise '~b.png' -o '~x.png' >&- 2>&-", tmp_path) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["~b.png", "~x.png"]
    with Image.open(tmp_path / "~x.png") as image:
        image.load()
    if Path("/dev/full").exists():
        for words in ("--help", "models"):
            code, said = run(f"{words} >/dev/full", tmp_path)
            assert (code, "Traceback" in said) == (1, False)
            assert "disk is full" in said


@pytest.mark.parametrize("name", ["~b.png", "~", "~x/y", "~nobody-at-all/b.png"])
def test_a_name_may_begin_with_a_tilde(name):
    expected = Path.home() if name == "~" else Path(name)
    assert path(name) == expected
    assert path("~/a.png") == Path.home() / "a.png"


def test_libraries_can_be_silenced_while_others_speak(tmp_path):
    script = (
        "import os, sys\n"
        "from desktop_app.services.console import complain, part_from_libraries\n"
        "from desktop_app.services.pictures.files.decoder_guards import without_warnings\n"
        "part_from_libraries()\n"
        "with without_warnings():\n"
        "    os.write(2, b'chatter')\n"
        "    complain('said')\n"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True,
        timeout=120,
    )  # fmt: skip
    assert result.stderr == "said\n"


def test_no_line_about_fonts_comes_between(caplog):
    logging.getLogger("matplotlib.font_manager").warning("Matplotlib is building the font cache")
    assert caplog.records == []
