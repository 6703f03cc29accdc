"""A number of the network as it is read in a sentence."""

from __future__ import annotations


def precise(number: float) -> str:
    """Return a number with four digits, and a minus as wide as a plus."""
    return f"{number:.4g}".replace("-", "−")
