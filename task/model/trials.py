"""What participants chose and were shown, trial by trial, in the order in which it happened.

It comes from the journals of all attempts, of all sessions: what was on the screen counts, and nothing else. A miss
teaches nothing. A Decider is told apart by its avatar, as the participant does.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from task.model.beliefs import Array
from task.record.kinds.answers import Choice
from task.record.kinds.head import head_in
from task.record.kinds.marks import End
from task.record.kinds.screen import Onset
from task.record.order import order_of
from task.record.records import Record
from task.scene.choice import Choice as ChoiceScene
from task.scene.feedback import Feedback, MatchFeedback, RankFeedback

LEFT, RIGHT, MISSED = 1, -1, 0


class Seen(NamedTuple):
    """A trial that was answered or missed: what was on offer, chosen, and shown; None for what was not.

    ``journal`` is the place of its journal among those that were given.
    """

    journal: int
    run: int
    trial: int
    left: str
    right: str
    side: str | None
    spots: int | None = None
    match: bool | None = None
    rank: int | None = None


@dataclass(frozen=True)
class Trials:
    """The trials of several participants, as arrays of trials x participants; where one has fewer, none are missed.

    Attributes
    ----------
    left, right : array of int
        The Deciders on offer, by a number from 0.
    side : array of int
        1 for left, -1 for right, 0 for a miss and for no trial at all.
    match : array of int
        1 for a match shown, 0 for none, -1 where neither was shown.
    spots, rank : array of int
        As shown; 0 where they were not.
    responders : array of int
        The lowest rank that there is for each participant.
    """

    left: Array
    right: Array
    side: Array
    match: Array
    spots: Array
    rank: Array
    responders: Array

    @property
    def deciders(self) -> int:
        """How many Deciders a participant has met at most."""
        return int(max(self.left.max(initial=0), self.right.max(initial=0))) + 1

    @property
    def chosen(self) -> Array:
        """The chosen Decider; the right one where none was."""
        return np.where(self.side == LEFT, self.left, self.right)


def trials_of(journals: Sequence[Sequence[Record]]) -> list[Seen]:
    """Read one participant's trials from journals in any order; a trial that was cut off unanswered is none."""
    return [one for place in order_of(journals).places for one in _trials_in(journals[place], place)]


def _trials_in(journal: Sequence[Record], place: int) -> list[Seen]:
    trials: dict[int, Seen] = {}
    offer: ChoiceScene | None = None
    run = head_in(journal).run
    timed = [record for record in journal if isinstance(record, Onset | End)]
    gone = {one.n for one, following in pairwise(timed) if following.t <= one.t}
    for record in journal:
        if isinstance(record, Choice):
            if offer is None:
                raise LookupError(f"record {record.n} is a choice without an offer")
            trials[record.trial] = Seen(place, run, record.trial, offer.left, offer.right, record.side)
        elif isinstance(record, Onset):
            scene, number = record.scene, record.trial
            if isinstance(scene, ChoiceScene):
                offer = scene
            elif number in trials and record.n not in gone:
                if isinstance(scene, Feedback | MatchFeedback):
                    trials[number] = trials[number]._replace(spots=scene.spots, match=scene.match)
                if isinstance(scene, Feedback | RankFeedback):
                    trials[number] = trials[number]._replace(rank=scene.rank)
    return list(trials.values())


def digest_of(seen: Sequence[Seen], responders: int) -> str:
    """Give a digest of exactly what was learned from: one participant's trials, in their order."""
    told = [tuple(one)[1:] for one in seen]  # all but where it is recorded
    return hashlib.sha256(repr((responders, told)).encode()).hexdigest()[:12]


def as_arrays(people: Sequence[Sequence[Seen]], responders: Sequence[int]) -> Trials:
    """Put the trials of several participants side by side."""
    shape = max((len(seen) for seen in people), default=0), len(people)
    names = ("left", "right", "side", "match", "spots", "rank")
    arrays = {name: np.full(shape, -1 if name == "match" else 0) for name in names}
    for p, seen in enumerate(people):
        numbers: dict[str, int] = {}
        for t, one in enumerate(seen):
            arrays["left"][t, p] = numbers.setdefault(one.left, len(numbers))
            arrays["right"][t, p] = numbers.setdefault(one.right, len(numbers))
            arrays["side"][t, p] = {"left": LEFT, "right": RIGHT, None: MISSED}[one.side]
            arrays["match"][t, p] = -1 if one.match is None else one.match
            arrays["spots"][t, p], arrays["rank"][t, p] = one.spots or 0, one.rank or 0
    return Trials(**arrays, responders=np.array(responders, dtype=int))
