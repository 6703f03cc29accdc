"""What the application knows and decides, without any widget."""
