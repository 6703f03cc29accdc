"""Fuzzing with atheris: ``python -m tests.fuzz picture -max_total_time=600``.

The targets are ``picture``, ``metadata``, ``weights``, ``card`` and ``run``; what follows goes to
libFuzzer. Atheris is
installed with the extra ``fuzz``. It follows which lines of Python run, and steers by that.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["PIL", "desktop_app", "scratch_layers"]):
    from tests.fuzz.targets import (
        TARGETS,
        metadata_seeds,
        model_seeds,
        picture_seeds,
        run_seeds,
    )


def _seeds(name: str, folder: Path) -> list[bytes]:
    if name == "picture":
        return picture_seeds()
    if name == "metadata":
        return metadata_seeds()
    if name == "run":
        return run_seeds(folder)
    card, weights = model_seeds(folder)
    return [card if name == "card" else weights]


def main() -> None:
    """Fuzz the target named first on the command line."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"Name what to fuzz: {', '.join(TARGETS)}.")
    name = sys.argv.pop(1)
    with tempfile.TemporaryDirectory(prefix="scratch-denoiser-fuzz-") as text:
        folder = Path(text)
        corpus, place = folder / "corpus", folder / "place"
        corpus.mkdir()
        place.mkdir()
        for number, seed in enumerate(_seeds(name, place)):
            (corpus / str(number)).write_bytes(seed)
        target = TARGETS[name]
        atheris.Setup([*sys.argv, str(corpus)], lambda content: target(content, place))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
