"""The window: draws scenes with PsychoPy, and says when they were on the screen.

All that a scene needs is built before the run, as textures of the size that they have on the screen: to
present it is to draw a handful of rectangles. A picture lies in memory once, however many scenes show it.
"""

import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from PIL import Image

from task.computer.files import replaced
from task.config.protocol import Protocol
from task.config.site import ScreenSettings
from task.config.wording import Wording
from task.scene.base import Scene
from task.screens.desktop import import_psychopy, window_size
from task.screens.errors import ScreenError
from task.screens.layout import lay_out
from task.screens.pacing import Pacer
from task.screens.parts import BACKGROUND, Part
from task.screens.patch import Patch
from task.screens.sprites import Fit, sprite_of

__all__ = ["ScreenError", "Window"]

_MEASURED_FLIPS = 40
_SHORTEST_FRAME_S = 1 / 550


class Window:
    """The participant's screen.

    Parameters
    ----------
    settings : ScreenSettings
        The screen, from the site file.
    wording, protocol : Wording, Protocol
        What the scenes say.
    clock_now : callable
        The clock that stamps flips, in seconds.

    Attributes
    ----------
    frame_s : float
        Length of a frame in seconds: measured if the display waits for its frames, else the site's.
    facts : dict
        What was found when the window was opened, for the journal.
    """

    def __init__(
        self,
        settings: ScreenSettings,
        wording: Wording,
        protocol: Protocol,
        clock_now: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.frame_s = 1 / settings.refresh_hz
        self.facts: dict[str, Any] = {}
        self._settings, self._wording, self._protocol, self._now = settings, wording, protocol, clock_now
        self._window: Any = None
        self._visual: Any = None  # psychopy.visual and pyglet.gl, which cannot be imported without a display
        self._gl: Any = None
        self._pacer: Pacer | None = None
        self._stimuli: dict[Part, Any] = {}
        self._drawings: dict[Scene, list[Any]] = {}
        self._shown: list[Any] = []
        self._is_new = False
        self._patch: Patch | None = None
        self._has_focus = False

    # --- opening and closing ----------------------------------------

    def open(self) -> None:
        """Open the window, and measure the display; takes a few seconds.

        Raises
        ------
        ScreenError
            If there is no display or no such screen, or if the window does not fit onto it.
        """
        settings = self._settings
        visual, pyglet = import_psychopy()
        from psychopy.monitors import Monitor

        size_px = window_size(pyglet, settings)
        monitor = Monitor("site", width=settings.width_cm, distance=settings.distance_cm, autoLog=False)
        monitor.setSizePix(size_px)
        self._window = visual.Window(
            size=size_px,
            fullscr=settings.full_screen,
            screen=settings.screen,
            monitor=monitor,
            winType="pyglet",
            units="pix",
            colorSpace="rgb255",
            color=BACKGROUND,
            allowGUI=not settings.full_screen,
            title="Participant's screen",
            checkTiming=False,
            useFBO=False,
            autoLog=False,
        )
        self._visual, self._gl = visual, pyglet.gl
        if settings.photodiode is not None:
            self._patch = Patch(self._window, visual, settings.photodiode)
        self._take_hold()
        self._measure()

    def close(self) -> None:
        """Close the window; closing it twice does no harm."""
        window, self._window = self._window, None
        self._stimuli, self._drawings, self._shown, self._pacer, self._patch = {}, {}, [], None, None
        if window is not None:
            window.close()

    def take_focus(self) -> None:
        """Make keys that are typed go to this window; whether that worked is told by ``has_focus``."""
        if self._window is not None:
            self._window.winHandle.activate()
            self._window.winHandle.dispatch_events()

    def has_focus(self) -> bool:
        """Say whether keys that are typed go to this window."""
        if self._window is not None:
            self._window.winHandle.dispatch_events()
        return self._has_focus

    def _take_hold(self) -> None:
        """Hide the pointer, take the focus, and keep the mouse and the keys from closing the window."""
        handle = self._window.winHandle

        def set_focus(to: bool) -> None:
            self._has_focus = to

        handle.on_activate = lambda: set_focus(True)
        handle.on_deactivate = lambda: set_focus(False)
        handle.on_close = lambda: None
        self._window.mouseVisible = False
        self.take_focus()

    def _measure(self) -> None:
        """Find out whether the display makes a flip wait for its frame, and how long a frame or a swap is."""
        self._time_swaps(5, 0.0)
        flips, _ = self._time_swaps(_MEASURED_FLIPS, 0.0)
        frame_s = median(flips)
        # A flip that waits swallows a pause before it, and comes regularly; a slow one does neither.
        pause = max(0.001, 0.4 * min(frame_s, self.frame_s))
        flips, swaps = self._time_swaps(_MEASURED_FLIPS, pause)
        first, middle, last = quantiles(flips)
        is_regular = abs(middle - frame_s) < pause / 3 and last - first < frame_s / 5
        waits = is_regular and frame_s > _SHORTEST_FRAME_S
        if waits:
            self.frame_s = frame_s
        else:
            _, swaps = self._time_swaps(_MEASURED_FLIPS // 2, self.frame_s)  # as rested as in a run
        swap_s = median(swaps)
        info = self._gl.gl_info
        self.facts = {
            "size_px": [int(side) for side in self._window.size],
            "screen": self._settings.screen,
            "full_screen": self._settings.full_screen,
            "flips_wait": waits,
            "paced_by": "display" if waits else "software",
            "refresh_hz": round(1 / self.frame_s, 3),
            "swap_s": round(swap_s, 5),
            "renderer": info.get_renderer(),
            "vendor": info.get_vendor(),
            "opengl": info.get_version(),
            "window_type": self._window.winType,
            "background_rgb": list(BACKGROUND),
        }
        self._pacer = Pacer(
            self.frame_s,
            waits,
            0.0 if waits else swap_s,
            self._now(),
            now=self._now,
            draw=self._draw,
            swap=self._swap,
            rest=self._window.winHandle.dispatch_events,
        )

    def _time_swaps(self, count: int, pause: float) -> tuple[list[float], list[float]]:
        """Give the times from one flip to the next, and of the swaps alone, of so many frames in seconds."""
        flips, swaps = [], []
        for _ in range(count):
            time.sleep(pause)
            self._draw()
            start = self._now()
            self._swap()
            flips.append(self._now())
            swaps.append(flips[-1] - start)
        return [b - a for a, b in pairwise(flips)], swaps

    # --- scenes -----------------------------------------------------

    def prepare(self, scenes: Iterable[Scene]) -> None:
        """Build all that these scenes need, so that to show them builds, loads and lays out nothing.

        Raises
        ------
        ScreenError
            If words do not fit or an avatar cannot be read.
        """
        if self._window is None:
            raise ScreenError("the window is not open")
        for scene in scenes:
            if scene not in self._drawings:
                parts = lay_out(scene, self._wording, self._protocol)
                self._drawings[scene] = [self._stimulus(part) for part in parts]
        self._gl.glFinish()

    def show(self, scene: Scene, *, is_onset: bool = False) -> None:
        """Say what the next flips present; it must have been prepared. An onset turns the photodiode's patch white."""
        if scene not in self._drawings:
            raise ScreenError(f"{scene} was shown without having been prepared")
        self._shown, self._is_new = self._drawings[scene], True
        if is_onset and self._patch is not None:
            self._patch.turn_white()

    def flip(self, due: float) -> float:
        """Let a frame pass and give its time.

        Parameters
        ----------
        due : float
            When the next onset is planned.

        Returns
        -------
        float
            When the frame was presented; or, if nothing was new and nothing due for some frames, when the
            present frame began.
        """
        if self._pacer is None:
            raise ScreenError("the window is not open")
        if self._patch is not None and self._patch.is_over(self._now()):
            self._patch.turn_black()
            self._is_new = True
        is_new, self._is_new = self._is_new, False
        return self._pacer.flip(due, is_new)

    def take_dropped(self) -> list[tuple[float, float]]:
        """Give the time of each frame that came late since the last call, and by how much, in seconds."""
        return [] if self._pacer is None else self._pacer.take_dropped()

    def screenshot(self, scene: Scene, path: Path) -> None:
        """Save a scene as the participant sees it, with mirrors undone; not for use during a run."""
        self.prepare([scene])
        shown, self._shown = self._shown, self._drawings[scene]
        self._draw()
        self._shown, self._is_new = shown, True
        picture = self._window.getMovieFrame(buffer="back").convert("RGB")
        self._window.movieFrames.clear()
        if self._settings.mirror_horizontal:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if self._settings.mirror_vertical:
            picture = picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        with replaced(path) as unfinished:
            picture.save(unfinished, format="png")

    def _stimulus(self, part: Part) -> Any:
        """Build a part, and draw it once: a first drawing costs more than the next."""
        if part not in self._stimuli:
            settings = self._settings
            width, height = self.facts["size_px"]
            fit = Fit((width, height), (settings.visible_width, settings.visible_height))
            sprite = sprite_of(part, fit).mirrored(fit.size_px, settings.mirror_horizontal, settings.mirror_vertical)
            image = sprite.image
            stimulus = self._visual.ImageStim(
                self._window,
                image=image,
                size=image.size,
                pos=(sprite.left + (image.width - width) / 2, sprite.bottom + (image.height - height) / 2),
                units="pix",
                interpolate=False,
                autoLog=False,
            )
            stimulus.draw()
            self._stimuli[part] = stimulus
        return self._stimuli[part]

    def _draw(self) -> None:
        """Draw what is shown into the back buffer, completely."""
        self._window.clearBuffer()
        for stimulus in self._shown:
            stimulus.draw()
        if self._patch is not None:
            self._patch.draw()
        self._gl.glFinish()

    def _swap(self) -> None:
        self._window.flip(clearBuffer=False)
        if self._patch is not None:
            self._patch.was_presented(self._now())
