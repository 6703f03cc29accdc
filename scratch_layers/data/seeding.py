"""Random generators that are a pure function of their purpose, so nothing need be remembered."""

from __future__ import annotations

import hashlib
import math

import torch

_SEED_BITS = 63


def derived_seed(*purpose: int | str) -> int:
    """Return a seed in [0, 2**63) that depends on nothing but ``purpose``.

    The parts, such as ``(run seed, "crop", step)``, are hashed with SHA-256, so neighbouring steps
    get unrelated seeds and the result is the same on every machine and Python version.
    """
    text = "/".join(f"{type(part).__name__}:{part}" for part in purpose)
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - _SEED_BITS)


def derived_generator(*purpose: int | str) -> torch.Generator:
    """Return a CPU generator seeded with :func:`derived_seed` of ``purpose``."""
    generator = torch.Generator()
    generator.manual_seed(derived_seed(*purpose))
    return generator


def random_integer(limit: int, generator: torch.Generator) -> int:
    """Return an integer drawn uniformly from ``0 .. limit - 1``."""
    return int(torch.randint(limit, (1,), generator=generator))


def random_uniform(low: float, high: float, generator: torch.Generator) -> float:
    """Return a number drawn uniformly from ``[low, high)``."""
    return low + (high - low) * float(torch.rand((), generator=generator))


def log_uniform(low: float, high: float, generator: torch.Generator) -> float:
    """Return a number of ``[low, high)`` whose logarithm is uniform; 0 < low <= high."""
    return low * math.exp(math.log(high / low) * random_uniform(0, 1, generator))


def happens(share: float, generator: torch.Generator) -> bool:
    """Return True with the probability ``share``."""
    return random_uniform(0, 1, generator) < share
