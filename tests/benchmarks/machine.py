"""The machine that the figures belong to."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import torch

from tests.benchmarks.settings import Settings

BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}
"""What /proc/cpuinfo calls native bfloat16 products on x86 and on ARM."""


def describe(settings: Settings) -> dict[str, Any]:
    """Return what a reader needs to judge the figures."""
    description = {
        "date": datetime.now(timezone.utc).date().isoformat(),
        "processor": processor(),
        "cores": usable_cores(),
        "threads": torch.get_num_threads(),
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "vector_instructions": torch.backends.cpu.get_cpu_capability(),
        "bfloat16": bfloat16_problem(torch.device("cpu")) or "native",
        "device": device_name(settings.device),
        "clock": settings.clock,
        # Other programs' share of the machine, in cores, when the run began.
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }
    return {key: value for key, value in description.items() if value is not None}


def processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def device_name(device: torch.device) -> str:
    """Return the device as torch calls it, with the name of an NVIDIA GPU."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return str(device)


def bfloat16_problem(device: torch.device) -> str | None:
    """Return why bfloat16 is not worth measuring on a device; ``None`` where it is native."""
    if device.type == "cuda":
        return None if torch.cuda.is_bf16_supported() else "this GPU has no native bfloat16"
    if device.type != "cpu":
        return f"not measured on {device.type}"
    flags = _cpuinfo("flags") or _cpuinfo("Features")
    if flags is None:
        return "this system does not tell whether the processor has bfloat16"
    if BFLOAT16_FLAGS.isdisjoint(flags.split()):
        return "this processor has no native bfloat16"
    return None


def _cpuinfo(field: str) -> str | None:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return None
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == field:
            return value.strip()
    return None


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None
