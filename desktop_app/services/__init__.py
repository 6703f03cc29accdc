"""Headless work: picture files, models, denoising, training runs, settings, jobs."""
