"""Tensors in safetensors files: written completely or not at all, and checked before use.

The format is a length, a JSON header that describes every tensor, and the numbers; unlike pickle it
cannot hold code. Source: https://github.com/huggingface/safetensors
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from scratch_layers.atomic_files import write_atomically
from scratch_layers.checked_json import open_regular
from scratch_layers.errors import WeightsError

_LENGTH_BYTES = 8
_MAXIMUM_HEADER_BYTES = 16 << 20
_ELEMENT_BYTES = {
    "F64": 8,
    "F32": 4,
    "F16": 2,
    "BF16": 2,
    "I64": 8,
    "I32": 4,
    "I16": 2,
    "I8": 1,
    "U8": 1,
    "BOOL": 1,
}
OPEN_SEAL = "0" * 64
"""What stands in the metadata of a file, in place of its digest, while that is computed."""

_HALF_PRECISION = (torch.float16, torch.bfloat16)


def save_weights(
    path: Path | str,
    state: Mapping[str, Tensor],
    metadata: Mapping[str, str] | None = None,
    dtype: torch.dtype | None = None,
    sealed: bool = False,
) -> None:
    """Write tensors to a safetensors file; until it is complete, the file's old content stays.

    Args:
        path: the file to create or replace; its folder must exist.
        state: tensors by name, on any device.
        metadata: texts to keep beside them.
        dtype: how to store the floating-point tensors; float16 halves the file. By default every
            tensor keeps its own dtype.
        sealed: ``metadata`` holds :data:`OPEN_SEAL`, in whose place the SHA-256 digest of the file
            is put; see :func:`fits_seal`.

    Raises:
        OSError: the file cannot be written.
        WeightsError: a tensor holds NaN or infinite values, or its numbers are too large for
            ``dtype``.
    """
    stored = {}
    for name, tensor in state.items():
        target = dtype if tensor.is_floating_point() else None
        # Each tensor gets memory of its own, because the format knows no shared memory.
        stored[name] = torch.empty(tensor.shape, dtype=target or tensor.dtype).copy_(tensor)
    _refuse_non_finite(stored, f"{Path(path).name} was not written")
    content = safetensors.torch.save(stored, dict(metadata or {}))
    content = _with_closed_seal(content) if sealed else content
    write_atomically(Path(path), lambda file: _write(file, content))


def load_weights(path: Path | str) -> dict[str, Tensor]:
    """Read every tensor of a safetensors file to the CPU.

    Half precision becomes float32; every other dtype stays as it was stored.

    Raises:
        WeightsError: the file cannot be read, is damaged, or holds NaN or infinite values.
    """
    return parse_weights(path, read_weights_file(path))


def read_weights_file(path: Path | str) -> bytes:
    """Read a safetensors file once, for all who look at it; what its header says is checked first.

    Raises:
        WeightsError: the file cannot be read, or is not what its header describes.
    """
    path = Path(path)
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            _check_entries(path, _read_header(path, file, size), size - file.tell())
            file.seek(0)
            return file.read(size)
    except OSError as error:
        raise _unreadable(path, error) from error


def parse_weights(path: Path | str, content: bytes) -> dict[str, Tensor]:
    """Turn the content of a safetensors file into tensors, as :func:`load_weights` does.

    Args:
        path: its name, for complaints.
        content: what :func:`read_weights_file` returned.

    Raises:
        WeightsError: it is damaged, or holds NaN or infinite values.
    """
    path = Path(path)
    try:
        stored = safetensors.torch.load(content)
    except safetensors.SafetensorError as error:
        raise WeightsError(f"The weights file {path} is damaged: {error}.") from error
    _refuse_non_finite(stored, f"The weights file {path} is damaged")
    return {
        name: tensor.float() if tensor.dtype in _HALF_PRECISION else tensor
        for name, tensor in stored.items()
    }


def read_metadata(path: Path | str) -> dict[str, str]:
    """Read the texts kept in a safetensors file, and nothing of its tensors.

    Raises:
        WeightsError: the file cannot be read, or its header is damaged.
    """
    path = Path(path)
    try:
        with open_regular(path) as file:
            header = _read_header(path, file, os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise _unreadable(path, error) from error
    return _metadata(path, header)


def parse_metadata(path: Path | str, content: bytes) -> dict[str, str]:
    """Return the texts in the content of a safetensors file.

    Raises:
        WeightsError: its header is damaged.
    """
    path = Path(path)
    return _metadata(path, _read_header(path, io.BytesIO(content), len(content)))


def fits_seal(content: bytes, seal: str) -> bool:
    """Whether a file is, in every bit, the one that was written with the digest ``seal``."""
    before = content.replace(seal.encode(), OPEN_SEAL.encode(), 1)
    return hashlib.sha256(before).hexdigest() == seal


def _metadata(path: Path, header: Mapping[str, Any]) -> dict[str, str]:
    metadata = header.get("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise WeightsError(f"The weights file {path} is damaged: its metadata are not texts.")
    return metadata


def _with_closed_seal(content: bytes) -> bytes:
    """Put the digest of a file into the place that its header keeps for it."""
    digest = hashlib.sha256(content).hexdigest()
    return content.replace(OPEN_SEAL.encode(), digest.encode(), 1)


def sha256_of(path: Path | str) -> str:
    """Return the SHA-256 digest of a file, in hexadecimal.

    Raises:
        WeightsError: the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with open_regular(Path(path)) as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise _unreadable(Path(path), error) from error
    return digest.hexdigest()


def _read_header(path: Path, file: BinaryIO, size: int) -> dict[str, Any]:
    """Read the JSON header; the file then stands at the first number."""
    length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
    room = size - _LENGTH_BYTES
    if not 2 <= length <= min(room, _MAXIMUM_HEADER_BYTES):
        raise WeightsError(f"{path} is not a safetensors file, or only a part of one.")
    try:
        header = json.loads(file.read(length))
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{path} is not a safetensors file: its header is no JSON.") from error
    if not isinstance(header, dict):
        raise WeightsError(f"{path} is not a safetensors file: its header has no names.")
    return header


def _check_entries(path: Path, header: Mapping[str, Any], data_bytes: int) -> None:
    """Refuse a header that does not describe exactly the numbers that follow it."""
    end = 0
    entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
    for name, entry in entries.items():
        try:
            dtype, shape = entry["dtype"], entry["shape"]
            begin, end_of_entry = entry["data_offsets"]
            consistent = (
                all(type(number) is int and number >= 0 for number in (*shape, begin))
                and end_of_entry - begin == math.prod(shape) * _ELEMENT_BYTES[dtype]
            )
        except (KeyError, TypeError, ValueError) as error:
            raise WeightsError(
                f"The weights file {path} is damaged: tensor {name!r:.80} is not described in a "
                "known way."
            ) from error
        if not consistent:
            raise WeightsError(
                f"The weights file {path} is damaged: shape and size of tensor {name!r:.80} "
                "do not agree."
            )
        end = max(end, end_of_entry)
    if end != data_bytes:
        raise WeightsError(
            f"The weights file {path} is damaged: its header announces {end} bytes of numbers, "
            f"it holds {data_bytes}."
        )


def _refuse_non_finite(tensors: Mapping[str, Tensor], consequence: str) -> None:
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise WeightsError(
                f"{consequence}: tensor {name!r:.80} holds NaN or infinite values "
                f"as {tensor.dtype}."
            )


def _write(file: BinaryIO, data: bytes) -> None:
    file.write(data)


def _unreadable(path: Path, error: OSError) -> WeightsError:
    return WeightsError(f"The weights file {path} cannot be read: {error.strerror or error}.")
