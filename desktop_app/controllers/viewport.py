"""The geometry of looking at a large picture through a small window: zoom, pan, fit."""

from __future__ import annotations

from dataclasses import dataclass

MAXIMUM_ZOOM = 32.0
ZOOM_STEPS = (
    *(1 / 64, 1 / 32, 1 / 16, 1 / 12, 1 / 8, 1 / 6, 1 / 4, 1 / 3, 1 / 2, 2 / 3),
    *(1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0),
)


@dataclass
class Viewport:
    """Which part of a picture a window shows.

    Attributes:
        width, height: size of the window in screen pixels.
        picture_width, picture_height: size of the picture in its own pixels.
        zoom: screen pixels per picture pixel.
        left, top: picture coordinates at the window's top left corner; negative where the picture
            is smaller than the window and stands centred in it.
        fitted: whether the whole picture is kept in view when the window changes its size.
    """

    width: int = 1
    height: int = 1
    picture_width: int = 1
    picture_height: int = 1
    zoom: float = 1.0
    left: float = 0.0
    top: float = 0.0
    fitted: bool = True

    @property
    def fit_zoom(self) -> float:
        """The zoom at which the whole picture is just visible; small pictures are not enlarged."""
        ratio = min(self.width / self.picture_width, self.height / self.picture_height)
        return min(ratio, 1.0)

    def show(self, picture_width: int, picture_height: int) -> None:
        """Look at another picture; the view is kept if its size is the same, else it is fitted."""
        same = (picture_width, picture_height) == (self.picture_width, self.picture_height)
        self.picture_width, self.picture_height = picture_width, picture_height
        if self.fitted or not same:
            self.fit()

    def resize(self, width: int, height: int) -> None:
        """Change the window's size; the point in its middle stays there unless it was fitted."""
        centre = self.to_picture(self.width / 2, self.height / 2)
        self.width, self.height = max(1, width), max(1, height)
        if self.fitted:
            self.fit()
        else:
            self.left = centre[0] - self.width / 2 / self.zoom
            self.top = centre[1] - self.height / 2 / self.zoom
            self._keep_inside()

    def fit(self) -> None:
        """Show the whole picture."""
        self.fitted = True
        self.zoom = self.fit_zoom
        self._keep_inside()

    def zoom_to(self, zoom: float, x: float | None = None, y: float | None = None) -> None:
        """Set the zoom, keeping the picture's point under the window's point ``(x, y)`` there.

        Without a point, the window's middle is kept.
        """
        x = self.width / 2 if x is None else x
        y = self.height / 2 if y is None else y
        fixed_x, fixed_y = self.to_picture(x, y)
        self.fitted = False
        self.zoom = min(max(zoom, min(self.fit_zoom, 1 / 64)), MAXIMUM_ZOOM)
        self.left, self.top = fixed_x - x / self.zoom, fixed_y - y / self.zoom
        self._keep_inside()

    def zoom_step(self, direction: int, x: float | None = None, y: float | None = None) -> None:
        """Go to the next larger (``direction`` > 0) or smaller zoom of :data:`ZOOM_STEPS`."""
        steps = sorted({*ZOOM_STEPS, self.fit_zoom})
        if direction > 0:
            larger = [step for step in steps if step > self.zoom * 1.001]
            self.zoom_to(larger[0] if larger else MAXIMUM_ZOOM, x, y)
        else:
            smaller = [step for step in steps if step < self.zoom * 0.999]
            self.zoom_to(max(smaller[-1] if smaller else 0.0, self.fit_zoom), x, y)

    def pan(self, x: float, y: float) -> None:
        """Move the picture by ``(x, y)`` screen pixels."""
        self.left -= x / self.zoom
        self.top -= y / self.zoom
        self._keep_inside()

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """Return where in the picture, in its pixels, a point (x, y) of the window in pixels is."""
        return self.left + x / self.zoom, self.top + y / self.zoom

    def to_window(self, x: float, y: float) -> tuple[float, float]:
        """Return where in the window, in its pixels, a point (x, y) of the picture in pixels is."""
        return (x - self.left) * self.zoom, (y - self.top) * self.zoom

    def visible(self) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom of the visible part, in picture coordinates."""
        right, bottom = self.to_picture(self.width, self.height)
        return (
            max(0.0, self.left),
            max(0.0, self.top),
            min(float(self.picture_width), right),
            min(float(self.picture_height), bottom),
        )

    def _keep_inside(self) -> None:
        self.left = _kept(self.left, self.width / self.zoom, self.picture_width)
        self.top = _kept(self.top, self.height / self.zoom, self.picture_height)


def _kept(start: float, seen: float, whole: float) -> float:
    if seen >= whole:
        return (whole - seen) / 2
    return min(max(start, 0.0), whole - seen)
