"""Takes one picture on the display at hand: python -m tests.screenshots.take SCENE LOOK FILE"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from PIL import ImageGrab

from desktop_app.controllers.application import ApplicationController
from desktop_app.ui.app import Window
from tests.screenshots.looks import LOOKS
from tests.screenshots.scenes import SCENES, Scene


def take(scene_name: str, look_name: str, target: Path) -> None:
    """Open the window, play the scene, and write what the screen shows."""
    look = LOOKS[look_name]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = folder / "settings.json"
        settings.write_text(json.dumps({"theme": look.theme}), encoding="utf-8")
        window = Window(ApplicationController(settings, folder / "runs"), look.scale)
        width, height = look.screen
        window.root.geometry("+0+0")
        window.root.update()
        # The menu stands above what the geometry counts, wherever it belongs to the window.
        window.root.geometry(f"{width}x{height - window.root.winfo_rooty()}+0+0")
        scene = Scene(window, folder)
        SCENES[scene_name](scene)
        scene.live(1.5)
        picture = ImageGrab.grab(xdisplay=os.environ["DISPLAY"])
        new = target.with_suffix(".new")
        picture.convert("RGB").save(new, "PNG", optimize=True)
        os.replace(new, target)
        window.actions.saving.may_lose = lambda documents: True
        window.close()
        window.root.mainloop()


if __name__ == "__main__":
    take(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
