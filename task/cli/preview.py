"""``preview``: every screen of a protocol as a picture."""

from pathlib import Path

from task.cli.status import DONE
from task.config.avatars import avatars_of
from task.config.read import read_protocol, read_site, read_wording
from task.screens.virtual_screen import again_on_a_virtual_screen, has_display
from task.visit.pictures import draw_screens, every_screen, opened_window, refuse_words_that_cannot_be_shown


def preview(*, out: Path, protocol: str, site: str, avatar_set: str | None) -> int:
    """Draw every screen of a protocol, and a contact sheet of them, into a folder."""
    science, room = read_protocol(protocol), read_site(site).in_a_window()
    wording = read_wording(science.wording)
    refuse_words_that_cannot_be_shown(science, wording)
    avatars = avatars_of(avatar_set or science.deciders.avatar_set, 2)
    if not has_display():
        return again_on_a_virtual_screen(room.display.size_px)
    with opened_window(room.display, wording, science) as window:
        sheet = draw_screens(window, every_screen(science, avatars), out)
    print(f"Pictures of every screen: {out}\nContact sheet: {sheet}")
    return DONE
