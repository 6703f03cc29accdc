"""Builds a folder that needs no Python, tries it, and measures it: python -m tests.bundle"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bundle.trial import try_bundle
from tests.markdown import PROJECT

SPECIFICATION = Path(__file__).with_name("application.spec")
BUNDLE = PROJECT / "dist" / "scratch-denoiser"


def main() -> int:
    """Build ``dist/scratch-denoiser`` and start what is in it."""
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level=WARN"]
    command += ["--distpath", str(BUNDLE.parent), "--workpath", str(PROJECT / "build")]
    subprocess.run([*command, str(SPECIFICATION)], cwd=PROJECT, check=True)
    for sentence in try_bundle(BUNDLE):
        print(sentence, flush=True)
    megabytes = sum(path.stat().st_size for path in BUNDLE.rglob("*") if not path.is_symlink())
    print(f"{BUNDLE}: {megabytes / 1e6:,.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
