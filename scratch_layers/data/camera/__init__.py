"""The noise of real cameras: photos go back to the sensor, get noise there, and are developed."""

from scratch_layers.data.camera.noise import CameraNoise

__all__ = ["CameraNoise"]
