"""The errors of the library: one base class, and the built-in type that torch raises beside it."""

from __future__ import annotations


class ScratchError(Exception):
    """Base of every error raised by :mod:`scratch_layers`; its text is one sentence for people."""


class ArgumentError(ScratchError, ValueError):
    """An argument has the right type but a value that cannot be used."""


class GeometryError(ArgumentError, RuntimeError):
    """A size, stride, padding or dilation is out of range; torch raises RuntimeError for these."""


class ArgumentTypeError(ScratchError, TypeError):
    """An argument has a type that cannot be used."""


class ShapeError(ScratchError, RuntimeError):
    """A tensor has a shape, dtype or device that does not fit the layer it was given to."""


class StateError(ScratchError, RuntimeError):
    """A call came at the wrong moment, such as ``backward`` before ``forward``."""


class WeightsError(ScratchError):
    """A weights file, model card or state dict cannot be used."""


class DeviceError(ScratchError, RuntimeError):
    """A compute device is unknown, absent, or failed its self-test."""


class MemoryShortageError(ScratchError, MemoryError):
    """There is not enough memory, however small the pieces in which the work is done."""


class OutputError(ScratchError):
    """A network gave values that are not numbers for an image that holds numbers."""


class CancelledError(ScratchError):
    """The caller asked for the work to stop before it was done."""
