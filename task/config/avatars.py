"""Which avatars there are: a folder of pictures for each set, below ``stimuli/avatars``."""

import difflib
from pathlib import Path

from task.config.read import ConfigError

AVATARS = Path(__file__).resolve().parents[2] / "stimuli" / "avatars"


def avatar_sets() -> list[str]:
    """Names of the avatar sets."""
    return sorted(folder.name for folder in AVATARS.iterdir() if folder.is_dir())


def avatars_of(avatar_set: str, needed: int) -> list[str]:
    """List the avatars of a set as "set/picture", at least as many as are needed.

    Raises
    ------
    ConfigError
        If there is no such set, or if it has too few pictures.
    """
    sets = avatar_sets()
    if avatar_set not in sets:
        near = difflib.get_close_matches(avatar_set, sets, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(avatar_set, problem=f"no such avatar set{hint} There are: {', '.join(sets)}")
    pictures = sorted(path.stem for path in (AVATARS / avatar_set).glob("*.png"))
    if len(pictures) < needed:
        raise ConfigError(
            f"stimuli/avatars/{avatar_set}",
            problem=f"{len(pictures)} pictures found, {needed} Deciders need one each; add pictures, or change the "
            "protocol's deciders (types, kinds, renew_every_runs)",
        )
    return [f"{avatar_set}/{picture}" for picture in pictures]


def picture_of(avatar: str) -> Path:
    """Where the picture of an avatar lies."""
    return AVATARS / f"{avatar}.png"
