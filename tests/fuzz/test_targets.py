"""The targets of the fuzzer, with sound files that are damaged at random."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import (
    fuzz_card,
    fuzz_metadata,
    fuzz_picture,
    fuzz_run,
    fuzz_weights,
    metadata_seeds,
    model_seeds,
    picture_seeds,
    run_seeds,
)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    card, weights = model_seeds(tmp_path_factory.mktemp("sound"))
    return {
        "picture": picture_seeds(),
        "card": [card],
        "weights": [weights],
        "metadata": metadata_seeds(),
        "run": run_seeds(tmp_path_factory.mktemp("run")),
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("place")


def damaged(data: st.DataObject, sound: bytes) -> bytes:
    """Bytes flipped, taken out, repeated or cut off."""
    content = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, max(0, len(content) - 1)))
        length = data.draw(st.sampled_from([1, 1, 2, 4, 64]))
        kind = data.draw(st.sampled_from(["set", "set", "remove", "repeat", "cut"]))
        if kind == "set":
            content[at : at + length] = data.draw(st.binary(min_size=length, max_size=length))
        elif kind == "remove":
            del content[at : at + length]
        elif kind == "repeat":
            content[at:at] = content[at : at + length]
        else:
            del content[at:]
    return bytes(content)


@settings(max_examples=150)
@given(data=st.data())
def test_damaged_pictures(seeds, place, data):
    fuzz_picture(damaged(data, data.draw(st.sampled_from(seeds["picture"]))), place)


@settings(max_examples=60)
@given(data=st.data())
def test_damaged_weights(seeds, place, data):
    fuzz_weights(damaged(data, seeds["weights"][0]), place)


@settings(max_examples=100)
@given(data=st.data())
def test_damaged_cards(seeds, place, data):
    fuzz_card(damaged(data, seeds["card"][0]), place)


@settings(max_examples=150)
@given(data=st.data())
def test_damaged_metadata(seeds, place, data):
    fuzz_metadata(damaged(data, data.draw(st.sampled_from(seeds["metadata"]))), place)


@settings(max_examples=60)
@given(data=st.data())
def test_damaged_runs(seeds, place, data):
    fuzz_run(damaged(data, data.draw(st.sampled_from(seeds["run"]))), place)


def test_sound_files_pass(seeds, place):
    for content in seeds["metadata"]:
        fuzz_metadata(content, place)
    for content in seeds["run"]:
        fuzz_run(content, place)
    for content in seeds["picture"]:
        fuzz_picture(content, place)
    fuzz_weights(seeds["weights"][0], place)
    fuzz_card(seeds["card"][0], place)
