"""What noise a picture holds: how strong, how it depends on brightness, how coarse, which kind."""

from scratch_layers.noise_analysis.analysis import NoiseAnalysis, Verdict, analyse_noise
from scratch_layers.noise_analysis.level import CurvePoint

__all__ = ["CurvePoint", "NoiseAnalysis", "Verdict", "analyse_noise"]
