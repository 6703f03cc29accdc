"""Checks of the JSON of a model card: its text may come from anywhere and is not trusted."""

from __future__ import annotations

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from scratch_layers.errors import WeightsError

CARD_FORMAT = 1
MAXIMUM_BYTES = 1 << 18
MAXIMUM_DEPTH = 5
MAXIMUM_ENTRIES = 2_000
MAXIMUM_TEXT = 10_000
MAXIMUM_TITLE = 200
LARGEST_NUMBER = 1e15

_TEXTS = (
    "name",
    "title",
    "description",
    "architecture",
    "data",
    "licence",
    "training_command",
    "weights_sha256",
)
DIGEST = "card_sha256"
_OBJECTS = ("configuration", "noise", "trained", "measured")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def parse_card(text: bytes) -> dict[str, Any]:
    """Turn the bytes of a card into its fields, every one of them checked.

    Raises:
        WeightsError: the text is not JSON, or not the JSON of a model card; its sentence starts
            with a verb so that it reads on from the name of the file.
    """
    fields = _parse_json(text)
    if not isinstance(fields, dict) or fields.get("format") != CARD_FORMAT:
        raise WeightsError(f"is not a model card of format {CARD_FORMAT}")
    digest = fields.pop(DIGEST, None)
    expected = {"format", *_TEXTS, *_OBJECTS}
    missing, unknown = sorted(expected - set(fields)), sorted(set(fields) - expected)
    if missing:
        raise WeightsError(f"lacks the field '{missing[0]}'")
    if unknown:
        raise WeightsError(f"has an unknown field {unknown[0]!r:.60}")
    del fields["format"]
    check_fields(fields)
    if digest is not None and digest != digest_of(fields):
        raise WeightsError(
            "is not what was written, as its digest tells; get it again or, if it was changed on "
            f"purpose, delete its line '{DIGEST}'"
        )
    return fields


def digest_of(fields: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what the fields say, however their JSON is laid out."""
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode("ascii")).hexdigest()


def check_fields(fields: Mapping[str, Any]) -> None:
    """Check the type and range of every field of a card.

    Raises:
        WeightsError: a field cannot be used; the sentence starts with a verb.
    """
    for key in _TEXTS:
        if not isinstance(fields[key], str) or len(fields[key]) > MAXIMUM_TEXT:
            raise WeightsError(f"needs a text of at most {MAXIMUM_TEXT} characters in '{key}'")
        _check_characters(fields[key], key)
    for key in _OBJECTS:
        if not isinstance(fields[key], dict):
            raise WeightsError(f"needs an object in '{key}'")
        _check_tree(fields[key], key)
    if not _NAME.fullmatch(fields["name"]):
        raise WeightsError(
            "needs a 'name' of letters, digits, dots, dashes and underscores, at most 64, "
            f"not {fields['name']!r:.80}"
        )
    if "\n" in fields["title"] or len(fields["title"]) > MAXIMUM_TITLE:
        raise WeightsError(f"needs one line of at most {MAXIMUM_TITLE} characters in 'title'")
    if not _SHA256.fullmatch(fields["weights_sha256"]):
        raise WeightsError("needs 64 hexadecimal digits in 'weights_sha256'")
    if not isinstance(fields["noise"].get("kind", ""), str):
        raise WeightsError("needs a text in noise 'kind'")
    _check_noise_range(fields["noise"].get("sigma_255"))
    if not _are_numbers(fields["trained"]):
        raise WeightsError("needs numbers in 'trained'")
    for levels in fields["measured"].values():
        if not isinstance(levels, dict) or not all(map(_are_figures, levels.values())):
            raise WeightsError("needs 'psnr', 'ssim' and other numbers for each level 'measured'")


def _are_figures(values: Any) -> bool:
    return _are_numbers(values) and {"psnr", "ssim"} <= values.keys()


def _are_numbers(values: Any) -> bool:
    return isinstance(values, dict) and all(
        type(value) in (int, float) and abs(value) < LARGEST_NUMBER for value in values.values()
    )


def _parse_json(text: bytes) -> Any:
    try:
        return json.loads(text.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"is not valid JSON ({str(error).splitlines()[0]:.100})") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number of JSON")


def _check_tree(root: Any, key: str) -> None:
    """Walk a JSON value without recursion, as deeply nested text could exhaust the stack."""
    waiting = [(root, 1)]
    for seen, (value, depth) in enumerate(waiting, start=1):
        if depth > MAXIMUM_DEPTH or seen > MAXIMUM_ENTRIES:
            raise WeightsError(f"has more in '{key}' than a model card can hold")
        if isinstance(value, str):
            _check_characters(value, key)
        if isinstance(value, dict):
            waiting += [(name, depth + 1) for name in value]
            waiting += [(child, depth + 1) for child in value.values()]
        elif isinstance(value, list):
            waiting += [(child, depth + 1) for child in value]
        elif isinstance(value, float) and not math.isfinite(value):
            raise WeightsError(f"has a number in '{key}' that is too large")


def _check_characters(text: str, key: str) -> None:
    """Refuse what would move a terminal's cursor, and halves of characters."""
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t":
            raise WeightsError(f"has the character {character!a} in '{key}', which cannot be shown")


def _check_noise_range(limits: Any) -> None:
    if limits is None:
        return
    if (
        not isinstance(limits, list)
        or len(limits) != 2
        or not all(type(limit) in (int, float) for limit in limits)
        or not 0 <= limits[0] <= limits[1] <= 255
    ):
        raise WeightsError("needs two ascending numbers from 0 to 255 in noise 'sigma_255'")
