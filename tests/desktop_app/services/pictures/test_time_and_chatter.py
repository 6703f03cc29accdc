"""A file takes no more than its time, and libraries say nothing of their own."""

from __future__ import annotations

import io
import os
import threading
import time

import numpy as np
import pytest
from PIL import Image

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import open_picture
from desktop_app.services.pictures.files import reading, tiff_directory
from desktop_app.services.pictures.files.decoder_guards import (
    TimeLimitError,
    within,
    without_warnings,
)


def test_a_file_that_takes_too_long_is_a_sentence(tmp_path, samples, monkeypatch):
    Image.fromarray(samples).save(tmp_path / "in.png")
    may_end = threading.Event()
    monkeypatch.setattr(reading, "_FEWEST_SECONDS", 0.1)
    monkeypatch.setattr(reading, "load_whole", lambda image: may_end.wait(60))
    began = time.monotonic()
    with pytest.raises(PictureError, match=r"in\.png is not opened after 0 seconds"):
        open_picture(tmp_path / "in.png")
    assert time.monotonic() - began < 30
    may_end.set()
    for thread in threading.enumerate():
        if thread.name == "work with a time limit":
            thread.join()


def test_work_in_time_returns_or_raises_as_it_is():
    assert within(60, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(60, lambda: 1 // 0)
    with pytest.raises(TimeLimitError):
        within(0.0, lambda: time.sleep(0.2))


def test_libraries_below_say_nothing(tmp_path, samples, capfd):
    stream = io.BytesIO()
    Image.fromarray(samples).save(stream, "TIFF", compression="tiff_lzw")
    content = bytearray(stream.getvalue())
    directory = tiff_directory.read_first_directory(io.BytesIO(content))
    assert directory is not None
    directory.entries[305] = tiff_directory.Entry(2, 4, b"text")  # not ended by a zero
    directory.entries[40_000] = tiff_directory.Entry(4, 1, b"\1\0\0\0")
    position = len(content)
    content += tiff_directory.directory_bytes(directory, position)
    content[4:8] = position.to_bytes(4, "little")
    (tmp_path / "in.tif").write_bytes(content)
    np.testing.assert_array_equal(open_picture(tmp_path / "in.tif").samples, samples)
    with without_warnings(), without_warnings():
        os.write(2, b"chatter\n")
    os.write(2, b"said\n")
    assert capfd.readouterr().err == "said\n"
