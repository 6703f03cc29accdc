"""Everything that is printed or shown passes the function that makes text fit to be shown."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import desktop_app
import scratch_layers

PRINTING = "desktop_app/services/console.py"
WINDOW = "desktop_app/ui/tk_root.py"
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    for package in (desktop_app, scratch_layers):
        root = Path(package.__file__).parent
        for path in sorted(root.rglob("*.py")):
            name = path.relative_to(root.parent).as_posix()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield name, node


def words(node: ast.expr) -> str:
    return ast.unparse(node)


def test_only_the_console_prints():
    for name, call in calls():
        function = words(call.func)
        prints = function in ("print", "sys.stdout.write", "sys.stderr.write", "os.write")
        prints |= function.endswith(("_stream.write", "print_exc", "print_exception"))
        logs = function.startswith(("logging.", "logger.", "warnings.showwarning"))
        prints |= logs and not function.endswith(("logging.getLogger", ".setLevel"))
        assert not prints or name == PRINTING, f"{name}:{call.lineno}: {words(call)}"


def test_only_one_class_opens_a_window():
    for name, call in calls():
        opens = words(call.func) in ("tk.Tk", "tkinter.Tk", "Tk", "TkinterDnD.Tk")
        assert not opens, f"{name}:{call.lineno} opens a window past {WINDOW}"


def test_text_widgets_and_drawings_are_given_text_that_is_fit_to_be_shown():
    """Their content does not pass as an option, so that each use is looked at."""
    edited = {"desktop_app/ui/dialogs/card_dialogs.py", "desktop_app/ui/widgets/training_form.py",
              "desktop_app/ui/widgets/noise_maker.py", "desktop_app/ui/widgets/batch_form.py",
              "desktop_app/ui/dialogs/settings_dialog.py"}  # fmt: skip
    for name, call in calls():
        if not name.startswith("desktop_app/ui/") or name in edited:
            continue
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("set_title", "suptitle"):
            raise AssertionError(f"{name}:{call.lineno}: {words(call)}")
        is_text = isinstance(call.func, ast.Attribute) and call.func.attr == "insert"
        if is_text and len(call.args) == 2 and "_text" in words(call.func):
            assert words(call.args[1]).startswith("shown("), f"{name}:{call.lineno}"
        for keyword in call.keywords:
            if keyword.arg == "label" and words(call.func).endswith(".plot"):
                fit = isinstance(keyword.value, ast.Constant) or "plain_name(" in words(
                    keyword.value
                )
                assert fit, f"{name}:{call.lineno}: {words(call)}"
