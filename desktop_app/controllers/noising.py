"""Adding synthetic noise to the current document, whose clean original then is the truth."""

from __future__ import annotations

from dataclasses import dataclass

from desktop_app.controllers.context import Context
from desktop_app.controllers.document import LoadedPicture
from desktop_app.controllers.documents import DocumentsController
from desktop_app.controllers.observable import Observable
from desktop_app.services.jobs import CancelToken


@dataclass(frozen=True)
class NoiseChoice:
    """A kind of noise as the window offers it; the service has the same kinds and ranges.

    Attributes:
        name: what the library calls it.
        title: what people read.
        unit: what its level counts.
        lowest, highest, usual: the levels offered, and the one offered first.
    """

    name: str
    title: str
    unit: str
    lowest: int
    highest: int
    usual: int


NOISE_CHOICES = (
    NoiseChoice("gaussian", "Gaussian", "of 255", 0, 75, 25),
    NoiseChoice("poisson", "Poisson (photons)", "photons", 1, 500, 50),
    NoiseChoice("salt-pepper", "Salt and pepper", "% of pixels", 0, 50, 5),
    NoiseChoice("speckle", "Speckle", "of 255", 0, 75, 25),
    NoiseChoice("camera", "Camera at high sensitivity", "% of its range", 0, 100, 50),
)


class NoisingController:
    """Makes the current document noisy.

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
            kind: name of a :class:`NoiseChoice`.
            level: in the unit of that kind.
            seed: the same seed gives the same noise.
        """
        document = self._documents.current.value
        if document is None or self.busy.value:
            return
        state = document.state.value
        truth = state.truth or state.noisy
        clean = truth.picture
        choice = next(choice for choice in NOISE_CHOICES if choice.name == kind)
        self.busy.value = True

        def work(token: CancelToken) -> LoadedPicture:
            from desktop_app.services.denoising.noising import add_noise_to_picture

            return LoadedPicture(add_noise_to_picture(clean, kind, level, seed))

        def on_result(noisy: LoadedPicture) -> None:
            self.busy.value = False
            if document.state.value is not state:
                return
            words = f"{choice.title}, {level:g} {choice.unit}, seed {seed}"
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
