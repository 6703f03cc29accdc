"""Limits and sizes that were measured: where the times of two algorithms cross, what a cache holds.

Measured on two cores of an AMD EPYC with AVX-512 (1 MiB of second-level cache a core, copies of
33 GB/s), torch 2.13, float32 unless said otherwise. A wrong number costs time, never correctness.
"""

from __future__ import annotations

# ---------------------------------------------------------------------- which algorithm, see choice

FEW_OUTPUTS = 6
"""Up to this many output channels are worth being put together from planes."""

FEW_PIXELS = 1024
"""With fewer output pixels a convolution is over before more than a few operations have begun."""

PHASE_SIZE = 8
"""From so many rows and columns on, a phase of a dilated convolution is not mostly margin."""

ROWS_CHANNELS = 8
"""From this many channels on both sides on, half the multiplications pay for transforming rows."""

ROUGH_ROWS_CHANNELS = 32
"""The same for bfloat16; with it photos lose less than 0.02 dB in all, from 16 channels on more."""

ROUNDED_CHANNELS = 8
"""From this many on both sides on, factors of products may be rounded; others take little time."""

TALL = 6000
"""From so many output rows times channels on, tiles of six rows are better than those of four."""

TALL_ROWS_OF_MANY = 120
"""Of several images, each also has so many rows at least."""

TILES_CHANNELS = 128
"""From this many on both sides on, a quarter of them pays for transforming tiles."""

TILES_GRADIENT_CHANNELS = 64
"""The same where both gradients are computed from one transform."""

TILES_PIXELS = 2048
"""With fewer output pixels, transforming the taps costs more than tiles save."""

DOUBLING_CHANNELS = 8
"""From this many channels on both sides on, doubling goes by its own way instead of phases."""

# --------------------------------------------------- elements of a block of rows, for each core

DEPTHWISE_ELEMENTS = 150_000
PLANES_ELEMENTS = 250_000

PATCHES_BYTES = 1_200_000
TILES_BYTES = 2_000_000

# ------------------------------------------ pixels of a block, since short products are slow

PATCHES_PIXELS = 1024
PLANES_PIXELS = 512

# ------------------------------------------------------------------------ shapes of products

WIDE = 16
"""A product with fewer columns takes as long as one with so many, or longer than its transpose."""

JOINED_CHANNELS, JOINED_OUTPUTS = 4, 64
"""From up to so many input channels, neighbours are computed together up to so many outputs."""

SUMMED_LENGTH = 2048
"""Numbers that are summed up in a part of a product, at least."""

MOST_SUMMED_PARTS = 8

ACCELERATOR_CORES = 100
"""How many processor cores an accelerator counts for when work is cut into blocks."""
