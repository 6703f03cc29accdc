"""Convolution and upsampling as their definitions say, with all three gradients: read these first.

Every fast algorithm is tested against them.
"""
