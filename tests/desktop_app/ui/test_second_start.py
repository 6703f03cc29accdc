"""The program is started again while its window is open."""

from __future__ import annotations

import subprocess
import sys

from desktop_app.services.first_window import Inbox, meeting_folder


def test_the_photo_of_a_second_start_opens_in_the_first_window(app, photo):
    app.window.main.show_page("learn")
    app.window.watch(Inbox(meeting_folder()))
    second = subprocess.Popen([sys.executable, "-m", "desktop_app", str(photo)])
    app.until(lambda: second.poll() is not None)
    assert second.returncode == 0
    app.until(lambda: app.controller.documents.current.value is not None)
    assert app.controller.documents.current.value.path == photo
    assert app.window.main.navigation.chosen == "denoise"
