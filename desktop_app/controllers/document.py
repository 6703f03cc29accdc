"""One opened picture: what was done to it, and the way back."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.controllers.observable import Observable
from desktop_app.services.denoising.events import Denoised
from desktop_app.services.denoising.noise_found import NoiseFound

if TYPE_CHECKING:
    from desktop_app.services.denoising.mosaic_parts import MosaicParts
    from desktop_app.services.denoising.tiles import PictureTiles
    from desktop_app.services.pictures import Picture
    from desktop_app.services.pictures.pyramid import ImagePyramid

MOST_UNDO_STEPS = 50


class LoadedPicture:
    """A picture with what the window derives from it.

    Attributes:
        picture: the samples and metadata.
        pyramid: the samples with 8 bits.
        to_screen: brings their colours to the screen; ``None`` where they are the screen's.
        noise: what noise was found in it; ``None`` until it is known.
        measuring: whether that is being found out.
        left_alone: whether it was found to be clean, so that nothing is done to it.
        unfinished: what is denoised of it so far; ``None`` before that, and once it is done.
    """

    def __init__(self, picture: Picture, pyramid: ImagePyramid | None = None) -> None:
        from desktop_app.services.pictures.pyramid import ImagePyramid, to_display
        from desktop_app.services.pictures.screen_colours import to_screen

        self.picture = picture
        self.pyramid = pyramid or ImagePyramid(to_display(picture.samples))
        self.to_screen = to_screen(picture.metadata.icc_profile)
        self.noise: NoiseFound | None = None
        self.measuring = False
        self.left_alone = False
        self.unfinished: Unfinished | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pyramid.size

    @property
    def exact(self) -> ImagePyramid:
        """The samples at their full depth, for looking at small differences."""
        from desktop_app.services.pictures.pyramid import ImagePyramid

        if self.picture.bits == 8:
            return self.pyramid
        return ImagePyramid.sampled(self.picture.samples, len(self.pyramid.levels))


@dataclass(frozen=True)
class Unfinished:
    """A picture that is denoised in parts, or as a whole, and the pyramid that shows it."""

    tiles: PictureTiles | MosaicParts | None
    pyramid: ImagePyramid


class DenoisedPicture(LoadedPicture):
    """What a model made of a picture at full strength.

    Attributes:
        result: the picture, and how it came about.
    """

    def __init__(self, result: Denoised, pyramid: ImagePyramid | None = None) -> None:
        super().__init__(result.picture, pyramid)
        self.result = result


@dataclass(frozen=True)
class DocumentState:
    """Everything undo brings back.

    Attributes:
        noisy: the picture before denoising.
        truth: the clean original, where the noise is synthetic.
        noise: words for the synthetic noise, empty where there is none.
        denoised: the result, or ``None``.
        rival: what another model made of the same picture, to compare with; ``None`` if nothing.
        strength, colour_strength: how much of the result is mixed in, 0-1.
    """

    noisy: LoadedPicture
    truth: LoadedPicture | None = None
    noise: str = ""
    denoised: DenoisedPicture | None = None
    rival: DenoisedPicture | None = None
    strength: float = 1.0
    colour_strength: float = 1.0

    @property
    def has_mosaic(self) -> bool:
        """Whether what would be saved has what a sensor saw, or would have seen without noise."""
        pictures = [one.picture for one in (self.noisy, self.denoised) if one is not None]
        return all(picture.mosaic is not None for picture in pictures)

    def rendered(self) -> Picture:
        """Return the picture that is shown, with its source's metadata: what is saved.

        A mosaic has no colours yet, so only the strength of luma counts for it.
        """
        if self.denoised is None:
            return self.noisy.picture
        from desktop_app.services.denoising.blending import blend

        samples = blend(
            self.noisy.picture.samples,
            self.denoised.picture.samples,
            self.strength,
            self.colour_strength,
        )
        noisy, clean = self.noisy.picture.mosaic, self.denoised.picture.mosaic
        mosaic = None if noisy is None or clean is None else noisy.mixed(clean, self.strength)
        return dataclasses.replace(self.noisy.picture, samples=samples, mosaic=mosaic)


class Document:
    """A picture file with its history of states.

    Attributes:
        path: the file it came from.
        pasted: whether that is a file made for what was pasted, which the person never sees.
        saved_path: the file it was last saved to, or ``None``.
        state: what is shown and would be saved.
    """

    def __init__(
        self,
        path: Path,
        loaded: LoadedPicture,
        pasted: bool = False,
        denoised: DenoisedPicture | None = None,
    ) -> None:
        first = DocumentState(noisy=loaded, denoised=denoised)
        self.path = path
        self.pasted = pasted
        self.saved_path: Path | None = None
        self.state: Observable[DocumentState] = Observable(first)
        self._states = [first]
        self._labels = [""]
        self._position = 0
        self._saved = None if pasted else first

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def unsaved(self) -> bool:
        """Whether closing the document would lose something that was made here."""
        return self.state.value is not self._saved

    @property
    def progress_words(self) -> str:
        """How far the person has come: ``saved``, ``denoised``, ``waiting`` and so on."""
        state = self.state.value
        if self.saved_path is not None and not self.unsaved:
            return "saved"
        if state.denoised is not None:
            return "denoised"
        if state.noisy.left_alone:
            return "clean"
        return "noise added" if state.noise else "waiting"

    def change(self, label: str, *, merge: bool = False, **changes: object) -> None:
        """Go to a new state, which differs from the present one by ``changes``.

        Args:
            label: what the change is called in the menu, such as "Denoise".
            merge: make one undo step of this and the change before it, if that has the same label,
                as for the many positions of a slider on its way.
            changes: fields of :class:`DocumentState`.
        """
        state = dataclasses.replace(self.state.value, **changes)  # type: ignore[arg-type]
        del self._states[self._position + 1 :], self._labels[self._position + 1 :]
        previous_is_saved = self._states[self._position] is self._saved
        if merge and self._labels[self._position] == label and not previous_is_saved:
            self._states[self._position] = state
        else:
            self._states.append(state)
            self._labels.append(label)
        if len(self._states) > MOST_UNDO_STEPS:
            del self._states[0], self._labels[0]
        self._position = len(self._states) - 1
        self.state.value = state

    @property
    def undo_label(self) -> str | None:
        """What undo would take back, or ``None``."""
        return self._labels[self._position] if self._position > 0 else None

    @property
    def redo_label(self) -> str | None:
        """What redo would do again, or ``None``."""
        following = self._position + 1
        return self._labels[following] if following < len(self._labels) else None

    @property
    def went_back(self) -> bool:
        """Whether the person has undone denoising, and so wants to see the picture without."""
        return any(state.denoised is not None for state in self._states[self._position + 1 :])

    def undo(self) -> None:
        """Go back one state."""
        if self.undo_label is not None:
            self._position -= 1
            self.state.value = self._states[self._position]

    def redo(self) -> None:
        """Go forward one state."""
        if self.redo_label is not None:
            self._position += 1
            self.state.value = self._states[self._position]

    def mark_saved(self, state: DocumentState) -> None:
        """Remember that ``state`` lies on disk."""
        self._saved = state
        self.state.notify()
