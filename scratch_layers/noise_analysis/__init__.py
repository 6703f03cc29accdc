"""What noise a picture holds: how strong, how it depends on brightness, how coarse, which kind."""

from scratch_layers.noise_analysis.analysis import NoiseAnalysis, Verdict, analyse_noise
from scratch_layers.noise_analysis.level import CurvePoint
from scratch_layers.noise_analysis.sensor import measure_sensor_noise

__all__ = ["CurvePoint", "NoiseAnalysis", "Verdict", "analyse_noise", "measure_sensor_noise"]
