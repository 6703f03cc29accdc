"""Pictures of the real window for the README: python -m tests.screenshots [SCENE-LOOK ...]"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.screenshots.looks import LOOKS
from tests.screenshots.scenes import SCENES
from tests.virtual_display import virtual_display

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"


def main(wanted: list[str]) -> int:
    """Take every picture, or those that are named; each has its own process and display."""
    names = [f"{scene}-{look}" for scene in SCENES for look in LOOKS]
    if unknown := set(wanted) - set(names):
        print(f"No such picture: {', '.join(sorted(unknown))}. There are: {', '.join(names)}.")
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in wanted or names:
        scene, look = name.split("-")
        target = FOLDER / f"{name}.png"
        with virtual_display(LOOKS[look].screen):
            subprocess.run(
                [sys.executable, "-m", "tests.screenshots.take", scene, look, str(target)],
                env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},
                check=True,
            )
        print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
