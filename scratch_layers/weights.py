"""Tensors in safetensors files: written completely or not at all, and checked before use.

The format is a length, a JSON header that describes every tensor, and the numbers; unlike pickle it
cannot hold code. Source: https://github.com/huggingface/safetensors
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from scratch_layers.errors import WeightsError

try:
    import fcntl
except ImportError:  # Windows locks every open file by itself
    fcntl = None  # type: ignore[assignment]

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
_HALF_PRECISION = (torch.float16, torch.bfloat16)


def save_weights(
    path: Path | str,
    state: Mapping[str, Tensor],
    metadata: Mapping[str, str] | None = None,
    dtype: torch.dtype | None = None,
) -> None:
    """Write tensors to a safetensors file; until it is complete, the file's old content stays.

    Args:
        path: the file to create or replace; its folder must exist.
        state: tensors by name, on any device.
        metadata: texts to keep beside them.
        dtype: how to store the floating-point tensors; float16 halves the file. By default every
            tensor keeps its own dtype.

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
    _write_atomically(Path(path), safetensors.torch.save(stored, dict(metadata or {})))


def load_weights(path: Path | str) -> dict[str, Tensor]:
    """Read every tensor of a safetensors file to the CPU.

    Half precision becomes float32; every other dtype stays as it was stored.

    Raises:
        WeightsError: the file cannot be read, is damaged, or holds NaN or infinite values.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            _check_entries(path, _read_header(path, file), _size(file) - file.tell())
            file.seek(0)
            stored = safetensors.torch.load(file.read())
    except OSError as error:
        raise _unreadable(path, error) from error
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
        with path.open("rb") as file:
            metadata = _read_header(path, file).get("__metadata__", {})
    except OSError as error:
        raise _unreadable(path, error) from error
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise WeightsError(f"The weights file {path} is damaged: its metadata are not texts.")
    return metadata


def sha256_of(path: Path | str) -> str:
    """Return the SHA-256 digest of a file, in hexadecimal.

    Raises:
        WeightsError: the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with Path(path).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise _unreadable(Path(path), error) from error
    return digest.hexdigest()


def _read_header(path: Path, file: BinaryIO) -> dict[str, Any]:
    """Read the JSON header; the file then stands at the first number."""
    length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
    room = _size(file) - _LENGTH_BYTES
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


def _write_atomically(path: Path, data: bytes) -> None:
    """Write a temporary file beside the target and give it the target's name in one step.

    Until then only the user can read it. Its name and its lock are those by which the application
    tells what killed writers have left from what others are writing.
    """
    path = path.resolve()
    temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.scratch-part")
    try:
        with temporary.open("xb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            temporary.chmod(0o600)
            _lock(file)
            _write(file, data)
            if fcntl is None:
                file.close()
            temporary.chmod(mode)
            # Still locked, so that nobody takes the file for a leftover.
            temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _lock(file: BinaryIO) -> None:
    if fcntl is not None:
        with contextlib.suppress(OSError):  # there are file systems without locks
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _write(file: BinaryIO, data: bytes) -> None:
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def _unreadable(path: Path, error: OSError) -> WeightsError:
    return WeightsError(f"The weights file {path} cannot be read: {error.strerror or error}.")
