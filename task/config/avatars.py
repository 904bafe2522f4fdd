"""Which avatars there are: a folder of pictures for each set, below ``stimuli/avatars``."""

from pathlib import Path

from task.computer.files import listed
from task.config.base import is_name, one_of
from task.config.mistakes import ConfigError

AVATARS = Path(__file__).resolve().parents[2] / "stimuli" / "avatars"


def avatar_sets() -> list[str]:
    """Names of the avatar sets: of the folders that a protocol can name."""
    return sorted(folder.name for folder in AVATARS.iterdir() if folder.is_dir() and is_name(folder.name))


def pictures_in(avatar_set: str) -> list[str]:
    """Names of the pictures in an avatar set."""
    return [path.stem for path in listed(AVATARS / avatar_set, "*.png")]


def avatars_of(avatar_set: str, needed: int) -> list[str]:
    """List the avatars of a set as "set/picture", at least as many as are needed.

    Raises
    ------
    ConfigError
        If there is no such set, or if it has too few pictures.
    """
    if avatar_set not in avatar_sets():
        known = one_of(avatar_set, avatar_sets(), quote="'")
        raise ConfigError(avatar_set, problem=f"there is no such avatar set; {known}")
    pictures = pictures_in(avatar_set)
    if len(pictures) < needed:
        raise ConfigError(
            f"stimuli/avatars/{avatar_set}",
            problem=f"{len(pictures)} pictures found, {needed} Deciders need one each; add pictures, or change "
            "the protocol's deciders (types, kinds, renew_every_runs)",
        )
    return [f"{avatar_set}/{picture}" for picture in pictures]


def picture_of(avatar: str) -> Path:
    """Where the picture of an avatar lies."""
    return AVATARS / f"{avatar}.png"
