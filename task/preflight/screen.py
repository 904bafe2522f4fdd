"""The participant's screen: opened as for a run, and watched for some hundred frames."""

from collections.abc import Iterator
from itertools import pairwise
from statistics import median, stdev

from task.config.avatars import avatars_of
from task.preflight.results import Result, failed, passed, warned
from task.preflight.room import NOTHING_TO_DO, Room
from task.screens.errors import ScreenError
from task.screens.parts import avatar_above
from task.screens.sprites import Fit, sprite_of

_FRAMES = 240
_RATE_OFF = 0.01
_SHAPE_OFF = 0.05
_MANY_MISSED = 0.02


def screen(room: Room) -> Iterator[Result]:
    """Open the window where the site says, and compare what there is with the site file."""
    from task.screens.window import Window

    room.tell("Opening the participant's screen ...")
    display = room.site.display
    window = Window(display, room.wording, room.protocol)
    room.closing.callback(window.close)
    try:
        window.open()
    except ScreenError as error:
        yield failed("screen", str(error))
        return
    room.window = window
    width, height = window.facts["size_px"]
    found = f"screen {display.screen}, {width}x{height} pixels"
    facts = {"size_px": [width, height], "screen": display.screen, "renderer": window.facts["renderer"]}
    stretched = (width / height) / (display.width_cm / display.height_cm)
    if not display.full_screen:
        advice = "For a session set full_screen = true under [display] of the site file."
        yield warned("screen", f"{found}, in a window beside others", advice, **facts)
    elif abs(stretched - 1) > _SHAPE_OFF:
        yield warned(
            "screen",
            f"{found}; by width_cm and height_cm, pixels are {stretched:.2f} times as high as wide",
            "Set the screen to its own resolution, or measure width_cm and height_cm again.",
            **facts,
        )
    else:
        yield passed("screen", f"{found}, full screen", **facts)


def pictures(room: Room) -> Iterator[Result]:
    """Whether the pictures of all Deciders can be drawn."""
    deciders = room.protocol.deciders
    avatars = [one.avatar for one in room.plan.deciders] if room.plan else avatars_of(deciders.avatar_set, 1)
    try:
        for avatar in avatars:
            sprite_of(avatar_above(avatar), Fit(room.site.display.size_px))
    except ScreenError as error:
        yield failed("pictures", str(error))
        return
    yield passed("pictures", f"{len(avatars)} avatars of the set {avatars[0].partition('/')[0]} can be drawn")


def frames(room: Room) -> Iterator[Result]:
    """The refresh rate, whether flips wait for the screen, and how many of some hundred frames came late."""
    window = room.window
    if window is None:
        return
    window.prepare([NOTHING_TO_DO])
    window.take_dropped()
    flips = []
    for _ in range(_FRAMES):
        window.show(NOTHING_TO_DO)  # as if it were new, so that every frame is drawn
        flips.append(window.flip(0.0))
    late = window.take_dropped()
    between = [b - a for a, b in pairwise(flips)]
    measured, meant = 1 / median(between), room.site.display.refresh_hz
    facts = {"refresh_hz": measured, "sd_s": stdev(between), "frames": _FRAMES, "late": len(late)}
    waits = window.facts["flips_wait"]
    if waits:
        yield passed("flips", "wait for the screen")
    else:
        yield warned(
            "flips",
            "do not wait for the screen: the program paces itself, and when light comes is not known",
            "For a session, use a real screen, and turn on vertical sync (VSync) in the graphics driver.",
        )
    found = f"{measured:.2f} Hz over {_FRAMES} frames, SD {stdev(between) * 1000:.2f} ms"
    if waits and abs(measured / meant - 1) > _RATE_OFF:
        yield failed(
            "refresh rate",
            f"{found}; the site file says {meant:g} Hz",
            f"Set the screen to {meant:g} Hz, or refresh_hz = {measured:.0f} under [display] of the site file.",
            **facts,
        )
    else:
        paced = "" if waits else "; paced by the program itself, so the screen's own rate is not known"
        yield passed("refresh rate", found + paced, **facts)
    advice = "Close other programs; set the other screens to the same rate; turn off the desktop's effects."
    if not late:
        yield passed("missed frames", f"none of {_FRAMES}", **facts)
    else:
        row = failed if waits and len(late) > _MANY_MISSED * _FRAMES else warned
        worst = max(by for _, by in late) * 1000
        yield row("missed frames", f"{len(late)} of {_FRAMES}, up to {worst:.0f} ms late", advice, **facts)


def focus(room: Room) -> Iterator[Result]:
    """Whether what is typed goes to the participant's window."""
    if room.window is None:
        return
    if room.window.has_focus():
        yield passed("window's focus", "the participant's window has it")
    else:
        yield warned(
            "window's focus",
            "another window has it: it may cover the participant's, and gets what boxes type",
            "Close what pops up, keep hands off the mouse, and click once into the participant's window.",
        )
