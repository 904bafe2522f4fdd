"""The closed list of scenes. Avatars are named "set/picture"; ranks and spots are whole numbers from 1."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Side = Literal["left", "right"]


@dataclass(frozen=True)
class Fixation:
    """A cross to look at."""


@dataclass(frozen=True)
class Choice:
    """Two Deciders to choose between; the chosen one is framed."""

    left: str
    right: str
    chosen: Side | None = None


@dataclass(frozen=True)
class Feedback:
    """Match and rank together; a rank of None is a hidden one."""

    avatar: str
    spots: int
    match: bool
    rank: int | None


@dataclass(frozen=True)
class MatchFeedback:
    """Match alone, for protocols that show match and rank one after the other."""

    avatar: str
    spots: int
    match: bool


@dataclass(frozen=True)
class RankFeedback:
    """Rank alone; None is a hidden one."""

    avatar: str
    rank: int | None


@dataclass(frozen=True)
class Share:
    """After a match: keep the pot or split it; the chosen one is framed."""

    avatar: str
    keep_side: Side
    chosen: Side | None = None


@dataclass(frozen=True)
class TooSlow:
    """No choice was made in time."""


@dataclass(frozen=True)
class Waiting:
    """Before the first pulse: lie still."""


@dataclass(frozen=True)
class Paused:
    """The run was ended early: lie still."""


@dataclass(frozen=True)
class EndOfRun:
    """The run is over, and this is what it earned."""

    run: int
    runs: int
    points: int


@dataclass(frozen=True)
class Check:
    """Before any run: the participant is asked for a press that shows whether the room works, or for nothing.

    With ``asks="side"`` there is a dot to the left or right, with ``asks="height"`` above or below the words.
    """

    asks: Literal["left", "right", "alarm", "side", "height", "nothing"]
    dot: Side | Literal["above", "below"] | None = None
    seconds: int | None = None


Scene = (
    Fixation | Choice | Feedback | MatchFeedback | RankFeedback | Share | TooSlow | Waiting | Paused | EndOfRun | Check
)

_BY_NAME = {kind.__name__: kind for kind in Scene.__args__}


def to_record(scene: Scene) -> dict[str, Any]:
    """Give a scene as a JSON object; ``from_record`` reads it."""
    return {"scene": type(scene).__name__, **asdict(scene)}


ONSET_FACTS = ("n", "kind", "t", "planned", "trial", "slot")
"""What a journal's onset holds beside its scene."""


def from_record(record: dict[str, Any]) -> Scene:
    """Read a scene from what ``to_record`` gave."""
    values = {key: value for key, value in record.items() if key != "scene"}
    return _BY_NAME[record["scene"]](**values)
