"""The participant's window: what was found out about it, what it showed, and when it faltered."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from task.record.fields import About, Beside
from task.record.records import Timed
from task.scene.base import Scene, kinds_of_scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Display(Timed):
    """What was found out about the window when it opened; a simulated run has only how it was paced."""

    size_px: Annotated[tuple[int, ...] | None, About("Width and height", "pixels", if_any=True)] = None
    screen: Annotated[int | None, About("Number of the screen", if_any=True)] = None
    full_screen: Annotated[bool | None, About("Whether the window fills it", if_any=True)] = None
    flips_wait: Annotated[bool | None, About("Whether each flip waited for the screen", if_any=True)] = None
    paced_by: Annotated[Literal["display", "software", "virtual time"], About("What set the pace of the frames")]
    refresh_hz: Annotated[
        float, About("Frames per second: measured, or what they were paced at if no flip waits", "Hz")
    ]
    swap_s: Annotated[float | None, About("How long a swap took", "s", if_any=True)] = None
    renderer: Annotated[str | None, About("What draws", if_any=True)] = None
    vendor: Annotated[str | None, About("Who made it", if_any=True)] = None
    opengl: Annotated[str | None, About("Version of OpenGL", if_any=True)] = None
    window_type: Annotated[str | None, About("The library below PsychoPy's window", if_any=True)] = None
    background_rgb: Annotated[
        tuple[float, ...] | None, About("Colour of the background, each part from 0 to 255", if_any=True)
    ] = None


@dataclass(frozen=True, slots=True)
class UnknownScene:
    """A scene that this program does not know, as a newer one showed it."""

    name: str
    slot_name: ClassVar[str | None] = None


def name_of(scene: Scene | UnknownScene) -> str:
    """Give the name of a scene in the journal."""
    return scene.name if isinstance(scene, UnknownScene) else type(scene).__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset(Timed):
    """The flip that showed a scene."""

    planned: Annotated[float, About("When it was planned, from zero", "s")]
    trial: Annotated[int | None, About("Number of the trial; null before the first and after the last")]
    slot: Annotated[str, About("The trial's slot by the protocol, or lead_in or tail")]
    scene: Annotated[
        Scene | UnknownScene,
        About("What was shown; the scene's own fields stand beside its name"),
        Beside(kinds_of_scene, UnknownScene),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped(Timed):
    """A frame that came late."""

    late_s: Annotated[float, About("By how much", "s")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus(Timed):
    """The participant's window lost the focus, or has it again."""

    has: Annotated[bool, About("Whether it has the focus")]
