"""Peak memory of a piece of work: it runs in a process of its own, which then reports.

``python -m tests.benchmarks.peak_memory MODULE FUNCTION [ARGUMENT ...]`` is that process: it calls
the function with the arguments, each JSON, and prints what it returned and the peak.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
CHILD = "tests.benchmarks.peak_memory"


class ChildError(Exception):
    """A child process did not do its work, such as for want of memory."""


@dataclass(frozen=True)
class Finished:
    """What a child process reported.

    Attributes:
        result: what the function returned, through JSON.
        peak_mib: the most memory that was resident at one time, the interpreter and its libraries
            included; where the work used an NVIDIA GPU, the most that was allocated there.
    """

    result: Any
    peak_mib: float


def run_in_child(module: str, function: str, *arguments: Any) -> Finished:
    """Call ``module.function(*arguments)`` in a fresh process.

    Args:
        module: name of a module in this package.
        arguments: anything that JSON can carry; so must be what the function returns.

    Raises:
        ChildError: the process failed.
    """
    command = [sys.executable, "-m", CHILD, f"tests.benchmarks.{module}", function]
    finished = subprocess.run(
        [*command, *map(json.dumps, arguments)],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        raise ChildError(failure(finished.stderr, finished.returncode))
    answer = json.loads(finished.stdout.splitlines()[-1])
    return Finished(answer["result"], answer["peak_mib"])


def failure(stderr: str, code: int) -> str:
    """Return the last line of what a process complained about, or its exit code."""
    lines = stderr.strip().splitlines()
    return lines[-1] if lines else f"exit code {code}"


def peak_mib() -> float:
    """Return the peak memory of this process so far, in MiB."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return float(torch.cuda.max_memory_allocated()) / 2**20
    if sys.platform.startswith("linux"):
        # getrusage would not do: a process inherits the peak of the one that started it.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 2**10
    if sys.platform == "win32":
        return _windows_peak_bytes() / 2**20
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _windows_peak_bytes() -> int:
    """Return PeakWorkingSetSize of PROCESS_MEMORY_COUNTERS."""
    size_t = ctypes.c_size_t

    class Counters(ctypes.Structure):
        _fields_ = (
            ("cb", ctypes.c_ulong),
            ("page_faults", ctypes.c_ulong),
            ("peak_working_set", size_t),
            *((f"other_{index}", size_t) for index in range(7)),
        )

    counters = Counters(cb=ctypes.sizeof(Counters))
    kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined]
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.K32GetProcessMemoryInfo(
        ctypes.c_void_p(kernel.GetCurrentProcess()), ctypes.byref(counters), counters.cb
    )
    return int(counters.peak_working_set)


def main() -> None:
    """Do the work of the child process."""
    module, function, *arguments = sys.argv[1:]
    work = getattr(importlib.import_module(module), function)
    result = work(*map(json.loads, arguments))
    print(json.dumps({"result": result, "peak_mib": peak_mib()}))


if __name__ == "__main__":
    main()
