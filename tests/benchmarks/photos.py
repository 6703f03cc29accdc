"""Row group: whole photos end to end, with the peak memory of the process, beside others' work."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from desktop_app.services.denoising.denoise import denoise
from desktop_app.services.denoising.events import finished
from desktop_app.services.models.model_choice import LoadedModel, ModelChoice
from desktop_app.services.pictures import open_picture, save_picture
from tests.benchmarks.competitors import COMPETITORS
from tests.benchmarks.peak_memory import ChildError, Finished, run_in_child
from tests.benchmarks.photo_model import photo_denoiser
from tests.benchmarks.pictures import megapixels, write_noisy_jpeg
from tests.benchmarks.row import Row, Target
from tests.benchmarks.settings import Settings

SIZES = ((4000, 3000), (6000, 4000))
QUICK_SIZES = ((96, 64),)
LONGEST_SECONDS = 60.0
"""A competitor that would take longer is timed on a smaller photo and its time scaled up."""

MEMORY_TARGET = Target("MiB", 1.5e9 / 2**20)


@dataclass(frozen=True)
class OtherTime:
    """A competitor's time for a photo, its peak memory if it saw all of it, and its title."""

    seconds: float
    mib: float | None
    title: str


def rows(settings: Settings) -> Iterator[Row]:
    """Yield, for every size, the whole way of a file and the comparison with each competitor."""
    sizes = QUICK_SIZES if settings.quick else SIZES
    paces: dict[str, float] = {}
    for size in sizes:
        name = f"{megapixels(*size)} photo"
        own = _denoise_file(size, settings)
        yield Row(
            f"{name}: JPEG to JPEG, noise estimated",
            1000 * own.result["whole"],
            scratch_mib=own.peak_mib,
            target=MEMORY_TARGET if size == sizes[-1] else None,
            note=f"of it {own.result['denoising']:.1f} s between reading and writing",
        )
        for key in COMPETITORS:
            yield _beside(f"{name}: samples to samples", own, key, size, settings, paces)


def _beside(
    name: str,
    own: Finished,
    key: str,
    size: tuple[int, int],
    settings: Settings,
    paces: dict[str, float],
) -> Row:
    competitor = COMPETITORS[key]
    own_ms = 1000 * own.result["denoising"]
    if not competitor.is_installed:
        note = f"{competitor.package} is not installed"
        return Row(name, own_ms, scratch_mib=own.peak_mib, other=competitor.title, note=note)
    try:
        other = _time_competitor(key, size, settings, paces)
    except ChildError as error:
        note = f"failed: {error}"
        return Row(name, own_ms, scratch_mib=own.peak_mib, other=competitor.title, note=note)
    return Row(
        name,
        own_ms,
        1000 * other.seconds,
        scratch_mib=own.peak_mib,
        other_mib=other.mib,
        other=other.title,
    )


def _time_competitor(
    key: str, size: tuple[int, int], settings: Settings, paces: dict[str, float]
) -> OtherTime:
    """Time it on a photo of this size; ``paces`` keeps the seconds a pixel that a trial took."""
    trial = COMPETITORS[key].trial_size
    pixels, trial_pixels = size[0] * size[1], trial[0] * trial[1]
    title = COMPETITORS[key].title
    if trial_pixels < pixels:
        if key not in paces:
            paces[key] = _run(key, trial, settings).result / trial_pixels
        seconds = paces[key] * pixels
        if seconds > LONGEST_SECONDS:
            return OtherTime(seconds, None, f"{title} (SCALED UP from {megapixels(*trial)})")
    finished = _run(key, size, settings)
    return OtherTime(finished.result, finished.peak_mib, title)


def _run(key: str, size: tuple[int, int], settings: Settings) -> Finished:
    return run_in_child("competitors", "seconds_for_photo", key, *size, str(settings.device))


def _denoise_file(size: tuple[int, int], settings: Settings) -> Finished:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "photo.jpg"), Path(folder, "photo_denoised.jpg")
        write_noisy_jpeg(source, *size)
        return run_in_child(
            "photos",
            "denoise_file",
            str(source),
            str(target),
            settings.quick,
            str(settings.device),
        )


def denoise_file(source: str, target: str, quick: bool, device: str) -> dict[str, float]:
    """Denoise a file as the command line does; called in a process of its own.

    Returns:
        Seconds for the ``whole``, from loading the model to the saved file, and for the
        ``denoising`` alone, from samples to samples.
    """
    started = time.perf_counter()
    denoiser = photo_denoiser(quick).to(device)
    models = ModelChoice(loaded=LoadedModel("photo", "Photo", denoiser))
    result = finished(denoise(open_picture(Path(source)), models))
    save_picture(result.picture, Path(target))
    return {"whole": time.perf_counter() - started, "denoising": result.seconds}
