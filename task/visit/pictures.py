"""The window and its pictures: screenshots of a run, and one of each kind of screen of a protocol."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from task.config.mistakes import ConfigError
from task.config.protocol import Protocol
from task.config.site import ScreenSettings
from task.config.wording import Wording
from task.record.journal import read_journal
from task.record.kinds.answers import Choice, Share
from task.record.kinds.screen import Onset
from task.scene.base import AsksForSide, Scene, scenes_by_slot_name
from task.scene.check import Check
from task.scene.feedback import Feedback, MatchFeedback, RankFeedback
from task.scene.fixation import Fixation
from task.scene.messages import EndOfRun, Paused, Waiting
from task.screens.errors import ScreenError
from task.screens.layout import lay_out

if TYPE_CHECKING:
    from task.screens.window import Window


@contextmanager
def opened_window(settings: ScreenSettings, wording: Wording, protocol: Protocol) -> Iterator["Window"]:
    """Open the window, and close it whatever happens."""
    from task.screens.window import Window

    window = Window(settings, wording, protocol)
    try:
        window.open()
        yield window
    finally:
        with suppress(Exception):  # what was performed on it is more
            window.close()


def every_screen(protocol: Protocol, avatars: list[str]) -> list[tuple[str, Scene]]:
    """List one of each kind of screen that a protocol can show, with its name."""
    shown = {name for slot in protocol.slots for name in slot.scenes}
    of_slots = [kind for name, kind in scenes_by_slot_name().items() if name in shown and kind is not Fixation]
    kinds: list[type[Scene]] = [Waiting, Fixation, *of_slots, Paused, EndOfRun]
    return [named for kind in kinds for named in kind.examples(protocol, *avatars[:2]).items()]


def refuse_words_that_cannot_be_shown(protocol: Protocol, wording: Wording) -> None:
    """Lay out every screen of a protocol, and those of a preflight, without a window.

    Raises
    ------
    ConfigError
        With every text that does not fit into its place in readable type, or has letters that the typeface lacks.
    """
    avatars = ["a/first", "a/second"]  # no picture is looked at
    wrong: dict[str, str] = {}
    for name, scene in [*every_screen(protocol, avatars), *Check.examples(protocol, *avatars).items()]:
        try:
            lay_out(scene, wording, protocol)
        except ScreenError as error:
            wrong.setdefault(str(error), name)
    if wrong:
        said = "".join(f"\n  {text} (screen: {name})" for text, name in wrong.items())
        raise ConfigError(f"the wording {wording.name}", problem=f"not all of its words can be shown{said}")


def contact_sheet_of_run(window: "Window", journal: Path, folder: Path) -> Path | None:
    """Draw again what a run showed, the first of each kind of screen, and give the contact sheet."""
    screens: dict[str, Scene] = {}
    asked: Scene | None = None
    for record in read_journal(journal):
        if isinstance(record, Onset) and isinstance(record.scene, Scene):
            asked = record.scene
            screens.setdefault(_name_of(asked), asked)
        elif isinstance(record, Choice | Share) and record.side and isinstance(asked, AsksForSide):
            screens.setdefault(f"{_name_of(asked)}_made", asked.answered(record.side))
    return draw_screens(window, screens.items(), folder) if screens else None


def _name_of(scene: Scene) -> str:
    """Name a scene by what tells its kind from others."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(scene).__name__).lower()
    if isinstance(scene, Feedback | MatchFeedback):
        name += "_match" if scene.match else "_no_match"
    if isinstance(scene, Feedback | RankFeedback):
        name += "_hidden" if scene.rank is None else "_explicit"
    return name


def draw_screens(window: "Window", screens: Iterable[tuple[str, Scene]], folder: Path) -> Path:
    """Draw named screens into a folder, and give the contact sheet of them."""
    from task.screens.contact_sheet import contact_sheet

    folder.mkdir(parents=True, exist_ok=True)
    screens = list(screens)
    window.prepare([scene for _, scene in screens])
    pictures = {}
    for number, (name, scene) in enumerate(screens, 1):
        pictures[name] = folder / f"{number:02d}_{name}.png"
        window.screenshot(scene, pictures[name])
    sheet = folder / "contact_sheet.png"
    contact_sheet(pictures, sheet)
    return sheet
