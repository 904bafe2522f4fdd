"""A slot: a stretch of each trial, how long it lasts and what it shows."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from task.config.base import Check, Found, Name, PositiveSeconds, Section
from task.config.durations import Duration

SceneName = Literal["choice", "fixation", "feedback", "match", "rank", "share", "too_slow"]
OUTCOMES = ("after_match", "after_no_match", "after_miss")


class Place(NamedTuple):
    """Where a scene can stand among slots: in every trial (``shows``) or after which outcomes; and if it asks."""

    after: tuple[str, ...] = ()
    in_every_trial: bool = False
    takes_a_response: bool = False


_ANSWERED = ("after_match", "after_no_match")
PLACES: dict[SceneName, Place] = {
    "choice": Place(in_every_trial=True, takes_a_response=True),
    "fixation": Place((*_ANSWERED, "after_miss"), in_every_trial=True),
    "feedback": Place(_ANSWERED),
    "match": Place(_ANSWERED),
    "rank": Place(_ANSWERED),
    "share": Place(("after_match",), takes_a_response=True),
    "too_slow": Place(("after_miss",)),
}
_ALLOWED = {key: tuple(name for name, place in PLACES.items() if key in place.after) for key in OUTCOMES}
_IN_EVERY_TRIAL = tuple(name for name, place in PLACES.items() if place.in_every_trial)
_BECAUSE = {
    "after_match": "",
    "after_no_match": ": without a match there is nothing to share",
    "after_miss": ": nobody was chosen",
}


class Slot(Section):
    """A stretch of each trial: how long it lasts, and what it shows."""

    name: Name
    duration_s: Duration
    shows: SceneName | None = None
    after_match: SceneName | None = None
    after_no_match: SceneName | None = None
    after_miss: SceneName | None = None
    response_window_s: PositiveSeconds | None = None

    def checks(self) -> Iterable[Check]:
        """Give the checks of this table."""
        return (
            self._name_is_free,
            self._shows_the_same_or_the_outcome,
            self._shows_what_it_can,
            self._response_fits,
        )

    def _name_is_free(self) -> Iterator[Found]:
        if self.name in ("lead_in", "tail"):
            yield Found(
                ("name",), self.name, "another name: lead_in and tail are what comes before and after the trials"
            )

    def _shows_the_same_or_the_outcome(self) -> Iterator[Found]:
        by_outcome = {key: getattr(self, key) for key in OUTCOMES}
        if self.shows is not None:
            for key, scene in by_outcome.items():
                if scene is not None:
                    yield Found((key,), scene, 'left out when "shows" names the scene for every trial')
        elif not any(by_outcome.values()):
            yield Found(
                ("shows",),
                None,
                '"choice" or "fixation", the same in each trial; or instead after_match, after_no_match and after_miss',
            )
        else:
            for key, scene in by_outcome.items():
                if scene is None:
                    allowed = ", ".join(f'"{name}"' for name in _ALLOWED[key])
                    yield Found((key,), None, f"one of: {allowed}; a scene is needed for every outcome")

    def _shows_what_it_can(self) -> Iterator[Found]:
        if self.shows is not None and self.shows not in _IN_EVERY_TRIAL:
            yield Found(
                ("shows",),
                self.shows,
                '"choice" or "fixation"; what depends on the outcome is named by after_match, after_no_match '
                "and after_miss",
            )
        for key in OUTCOMES:
            scene = getattr(self, key)
            if scene is not None and scene not in _ALLOWED[key]:
                allowed = ", ".join(f'"{name}"' for name in _ALLOWED[key])
                yield Found((key,), scene, f"one of: {allowed}{_BECAUSE[key]}")

    def _response_fits(self) -> Iterator[Found]:
        window = self.response_window_s
        if window is not None and not self.takes_a_response:
            yield Found(("response_window_s",), window, "left out: this slot takes no response")
        elif window is not None and window > self.duration_s.shortest:
            yield Found(
                ("response_window_s",),
                window,
                f"at most the slot's own length ({self.duration_s.shortest:g} s)",
            )

    @property
    def scenes(self) -> set[SceneName]:
        """Names of all scenes that this slot can show."""
        named = (self.shows, self.after_match, self.after_no_match, self.after_miss)
        return {scene for scene in named if scene is not None}

    def shown_after(self, match: bool | None) -> SceneName:
        """Give what this slot shows in a trial that was a match, or was none, or (None) whose choice was not made."""
        after = self.after_miss if match is None else self.after_match if match else self.after_no_match
        return self.shows or after or "fixation"

    @property
    def takes_a_response(self) -> bool:
        """Whether the participant can press something here."""
        return any(PLACES[scene].takes_a_response for scene in self.scenes)

    @property
    def depends_on_outcome(self) -> bool:
        """Whether what is shown depends on the participant's choice."""
        return self.shows is None

    @property
    def window_s(self) -> float:
        """Response window in seconds: the whole slot unless the protocol says less."""
        return self.response_window_s if self.response_window_s is not None else self.duration_s.shortest
