"""A process that opens each picture named on its command line, within 2 GB, and tells what came.

For every file it prints a line: its name, the seconds of the processor and the peak of memory in MB
that it took, where the system can tell, and a digest of the samples or the sentence by which it was
refused.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path

from desktop_app.services.errors import PictureError
from desktop_app.services.pictures import open_picture

LIMIT_MB = 2048


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        limit = LIMIT_MB << 20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _forget_peak() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_mb() -> int:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) >> 10
    return 0


def _open(path: Path, options: dict[str, bool]) -> dict[str, object]:
    try:
        picture = open_picture(path, **options)
    except PictureError as error:
        return {"sentence": str(error), "remedy": error.remedy}
    except BaseException:  # noqa: BLE001 - anything else is what the test looks for
        return {"traceback": traceback.format_exc()}
    samples = picture.samples
    return {
        "shape": samples.shape,
        "digest": hashlib.sha256(samples.tobytes()).hexdigest() if samples.size < 1e8 else "",
        "notices": picture.notices,
    }


def main() -> None:
    """Open the files named on the standard input, one a line."""
    _limit_memory()
    options = dict.fromkeys(sys.argv[1:], True)
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        print(json.dumps({"begins": str(path)}), flush=True)
        _forget_peak()
        began = time.process_time()
        result = _open(path, options)
        seconds = time.process_time() - began
        answer = {"path": str(path), "seconds": seconds, "megabytes": _peak_mb(), **result}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
