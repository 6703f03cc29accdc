"""The noise of the current picture: what is found in it, and what is added to a clean one."""

from __future__ import annotations

from desktop_app.controllers.context import Context
from desktop_app.controllers.document import LoadedPicture
from desktop_app.controllers.documents import DocumentsController
from desktop_app.controllers.observable import Observable
from desktop_app.services.denoising.noise_found import NoiseFound, find_noise
from desktop_app.services.denoising.noising import PICTURE_NOISES, add_noise_to_picture
from desktop_app.services.jobs import CancelToken

NOISES = PICTURE_NOISES
"""The kinds of noise by name, as the window offers them."""


class FoundNoise:
    """Measures the noise of the picture that is shown.

    Attributes:
        noise: what was found in it; ``None`` until that is known.
    """

    def __init__(self, context: Context, documents: DocumentsController) -> None:
        self._context = context
        self._documents = documents
        self.noise: Observable[NoiseFound | None] = Observable(None)

    @property
    def measuring(self) -> bool:
        """Whether the noise of the picture is being measured."""
        document = self._documents.current.value
        return document is not None and document.state.value.noisy.measuring

    def measure_current(self) -> None:
        """Measure the noise of the picture that is shown, on a worker thread."""
        document = self._documents.current.value
        if document is None:
            self.noise.value = None
            return
        loaded = document.state.value.noisy
        self.noise.value = loaded.noise
        if loaded.noise is not None or loaded.measuring:
            return
        loaded.measuring = True
        self.noise.notify()
        picture = loaded.picture

        def on_result(noise: NoiseFound) -> None:
            loaded.measuring = False
            loaded.noise = noise
            current = self._documents.current.value
            if current is not None and current.state.value.noisy is loaded:
                self.noise.value = noise

        def on_error(error: BaseException) -> None:
            loaded.measuring = False
            self._context.report("The noise was not measured", error)

        self._context.runner.start_call(
            "Measuring the noise",
            lambda token: find_noise(picture),
            on_result=on_result,
            on_error=on_error,
        )


SAMPLE_NOISE = "gaussian", 25.0, 1
"""Kind, level and seed of what is added to the sample photo, which is clean."""


class NoisingController:
    """Makes the current document noisy; its clean original then is the truth.

    Attributes:
        busy: whether noise is being added.
    """

    def __init__(self, context: Context, documents: DocumentsController) -> None:
        self._context = context
        self._documents = documents
        self.busy = Observable(False)

    def add(self, kind: str, level: float, seed: int) -> None:
        """Add noise to the clean picture: to the truth where there is one, else to what is open.

        Args:
            kind: a key of :data:`NOISES`.
            level: in the unit of that kind.
            seed: the same seed gives the same noise.
        """
        document = self._documents.current.value
        if document is None or self.busy.value:
            return
        state = document.state.value
        truth = state.truth or state.noisy
        clean = truth.picture
        chosen = NOISES[kind]
        self.busy.value = True

        def work(token: CancelToken) -> LoadedPicture:
            return LoadedPicture(add_noise_to_picture(clean, kind, level, seed))

        def on_result(noisy: LoadedPicture) -> None:
            self.busy.value = False
            if document.state.value is not state:
                return
            words = f"{chosen.title}, {level:g} {chosen.unit}, seed {seed}"
            document.change(
                "Add noise", noisy=noisy, truth=truth, noise=words, denoised=None, rival=None
            )
            self._context.status.value = f"Added noise: {words}."

        def on_error(error: BaseException) -> None:
            self.busy.value = False
            self._context.report("Noise was not added", error)

        self._context.runner.start_call(
            "Adding noise", work, on_result=on_result, on_error=on_error
        )
