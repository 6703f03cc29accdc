"""The models at hand and what is inside them."""
