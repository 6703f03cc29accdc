"""The desktop application and its command line."""

import logging

# On slow machines it tells that it looks for fonts, among the program's own lines.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
