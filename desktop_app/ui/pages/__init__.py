"""The pages of the window, one a file; their names in the order of the navigation."""

from desktop_app.ui.widgets.choice_bar import Choice

PAGES = (
    Choice("denoise", "denoise", "Denoise", "Remove the noise from photos"),
    Choice("batch", "batch", "Batch", "Remove the noise from many photos at once"),
    Choice("train", "train", "Train", "Let a network learn from your own photos"),
    Choice("learn", "learn", "Learn", "Look inside the network"),
)
