"""What a package index shows: the README, and links to where the project lives.

A package index shows the README alone, so that links relative to it lead nowhere. PROJECT_URL, such
as https://github.com/OWNER/NAME, says where the project lives; the release workflow sets it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

IMAGE = re.compile(r"(?<=!)\[([^\]]*)\]\((?!https?:|#)([^)]+)\)")
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:|#)([^)]+)\)")


class PackagePage(MetadataHookInterface):
    """Sets the fields ``readme`` and ``urls`` of the package's metadata."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set them; without PROJECT_URL the README stays as it is and there are no links."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        address = os.environ.get("PROJECT_URL", "").rstrip("/")
        if address:
            tag = f"v{metadata['version']}"
            text = IMAGE.sub(rf"[\1]({address}/raw/{tag}/\2)", text)
            text = LINK.sub(rf"[\1]({address}/blob/{tag}/\2)", text)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
        metadata["urls"] = _urls(address) if address else {}


def _urls(address: str) -> dict[str, str]:
    return {
        "Documentation": f"{address}#readme",
        "Source": address,
        "Issues": f"{address}/issues",
        "Changelog": f"{address}/blob/HEAD/CHANGELOG.md",
    }
