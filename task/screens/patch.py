"""The patch for a photodiode: white for a moment from each onset on, so that light itself tells when an onset was."""

from typing import Any

from task.config.site import PhotodiodePatch

_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)


class Patch:
    """A square in a corner of the screen itself, whatever is mirrored and whatever the participant can see.

    Parameters
    ----------
    window, visual : psychopy.visual.Window, module
        Where it is drawn, and by what.
    settings : PhotodiodePatch
        Its corner and size, and how long it stays white.
    """

    def __init__(self, window: Any, visual: Any, settings: PhotodiodePatch) -> None:
        up, side = settings.corner.split("_")
        width, height = window.size
        self._white_s, self._is_white = settings.white_s, False
        self._until: float | None = None
        self._square = visual.Rect(
            window,
            width=settings.size_px,
            height=settings.size_px,
            pos=(
                (width - settings.size_px) / 2 * (1 if side == "right" else -1),
                (height - settings.size_px) / 2 * (1 if up == "top" else -1),
            ),
            units="pix",
            colorSpace="rgb255",
            fillColor=_BLACK,
            lineColor=None,
            autoLog=False,
        )

    def turn_white(self) -> None:
        """Be white from the next flip on."""
        self._square.fillColor, self._is_white, self._until = _WHITE, True, None

    def was_presented(self, at: float) -> None:
        """Be told the time of a flip: a patch that has just turned white stays so for its time from there."""
        if self._is_white and self._until is None:
            self._until = at + self._white_s

    def is_over(self, now: float) -> bool:
        """Say whether the patch is white and has been for its time."""
        return self._until is not None and now >= self._until

    def turn_black(self) -> None:
        """Be black from the next flip on."""
        self._square.fillColor, self._is_white, self._until = _BLACK, False, None

    def draw(self) -> None:
        """Draw it."""
        self._square.draw()
