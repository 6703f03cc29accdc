"""From a noisy picture to a clean one: whole, in view, in batches, and how good it is."""
