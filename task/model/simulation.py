"""Many simulated participants at once, on the very plans and decks of a protocol, without the conductor.

What they are offered and dealt is what the conductor would offer and deal for these choices. Only time is left out:
nobody presses late, and a miss is drawn by a rate.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from scipy.special import expit

from task.config.avatars import avatars_of
from task.config.protocol import Protocol
from task.model.beliefs import Array, Beliefs
from task.model.rescorla_wagner import RescorlaWagner
from task.model.trials import LEFT, MISSED, RIGHT, Trials
from task.plan.dealing import Dealer, Tally
from task.plan.plan import Plan, RunPlan, make_plan
from task.plan.rules import matched

Choose = Callable[[int, Array], Array]


def plans_for(protocol: Protocol, participants: Iterable[int], seed: int) -> list[Plan]:
    """Plan a session for each of these participants; their numbers are their order indices."""
    runs = protocol.runs.model_copy(update={"spare_versions": 0})
    science = protocol.model_copy(update={"runs": runs})
    avatars = avatars_of(protocol.deciders.avatar_set, protocol.deciders_needed)
    return [
        make_plan(science, participant=f"{n:04d}", session=None, avatars=avatars, order_index=n, seed=seed)
        for n in participants
    ]


def simulated(
    plans: Sequence[Plan],
    w: Array,
    beta: Array,
    draw: np.random.Generator,
    miss_rate: float = 0.0,
    rates: tuple[Array, Array] | None = None,
) -> Trials:
    """Let each of several participants perform a plan of its own.

    Parameters
    ----------
    plans : sequence of Plan
        All of one protocol.
    w, beta : array of participants
        Who they are.
    draw : numpy.random.Generator
        The source of randomness.
    miss_rate : float
        How often nobody presses.
    rates : tuple of arrays of participants, optional
        Learning rates for ranks and outcomes, of Rescorla-Wagner learners; left out, they are ideal observers.
    """

    def choose(trial: int, p_left: Array) -> Array:
        sides = np.where(draw.random(len(plans)) < p_left, LEFT, RIGHT)
        return np.where(draw.random(len(plans)) < miss_rate, MISSED, sides)

    return performed(plans, w, beta, choose, rates)


def performed(
    plans: Sequence[Plan], w: Array, beta: Array, choose: Choose, rates: tuple[Array, Array] | None = None
) -> Trials:
    """Perform plans side by side; ``choose`` gives all sides of a trial from its number and P(left)."""
    protocol, people = plans[0].protocol, np.arange(len(plans))
    sessions = [_Session(plan) for plan in plans]
    responders = np.full(len(plans), protocol.deciders.responders)
    count, deciders = protocol.runs.count * protocol.runs.trials, len(plans[0].deciders)
    learner = (
        Beliefs(len(plans), deciders, responders) if rates is None else RescorlaWagner(*rates, deciders, responders)
    )
    arrays = {name: np.zeros((count, len(plans)), dtype=int) for name in ("side", "spots", "rank")}
    trials = Trials(
        left=np.array([session.lefts for session in sessions]).T,
        right=np.array([session.rights for session in sessions]).T,
        match=np.full((count, len(plans)), -1),
        responders=responders,
        **arrays,
    )
    for t in range(count):
        left, right = (learner.values(people, side[t]) for side in (trials.left, trials.right))
        ranks, outcomes = (one - other for one, other in zip(left, right, strict=True))
        trials.side[t] = choose(t, expit(beta * (w * ranks + (1 - w) * outcomes)))
        for p in people:
            trials.spots[t, p], trials.match[t, p], trials.rank[t, p] = sessions[p].shown(t, trials.side[t, p])
        chosen = np.where(trials.side[t] == LEFT, trials.left[t], trials.right[t])
        who = np.flatnonzero(trials.match[t] >= 0)
        learner.see_match(who, chosen[who], trials.spots[t, who], trials.match[t, who] == 1)
        who = np.flatnonzero(trials.rank[t] > 0)
        learner.see_rank(who, chosen[who], trials.rank[t, who])
    return trials


class _Session:
    """One participant's plan, dealt as the choices go."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._protocol = plan, plan.protocol
        self._place = {decider.id: i for i, decider in enumerate(plan.deciders)}
        self._explicit = {decider.id for decider in plan.deciders if decider.kind == "explicit"}
        self._runs: list[RunPlan] = [plan.run(number, 1) for number in range(1, plan.protocol.runs.count + 1)]
        self._before = Tally()
        self._dealer = self._new_dealer(0)
        offers = [trial for run in self._runs for trial in run.trials]
        self.lefts = [self._place[trial.left] for trial in offers]
        self.rights = [self._place[trial.right] for trial in offers]
        slots = plan.protocol.slots
        self._scenes = {True: {slot.after_match for slot in slots}, False: {slot.after_no_match for slot in slots}}

    def shown(self, number: int, side: int) -> tuple[int, int, int]:
        """Deal a trial of the session, and give the spots, match and rank on the screen, as in ``Trials``."""
        run, trial = divmod(number, self._protocol.runs.trials)
        if trial == 0 and run:
            self._before += self._dealer.tally
            self._dealer = self._new_dealer(run)
        offer = self._runs[run].trials[trial]
        chosen = {LEFT: offer.left, RIGHT: offer.right, MISSED: None}[side]
        dealt = self._dealer.deal(trial + 1, chosen)
        if dealt is None:
            return 0, -1, 0
        card, _ = dealt
        match = matched(*card)
        scenes = self._scenes[match]
        seen = (card.spots, int(match)) if scenes & {"feedback", "match"} else (0, -1)
        return *seen, card.rank if chosen in self._explicit and scenes & {"feedback", "rank"} else 0

    def _new_dealer(self, run: int) -> Dealer:
        return Dealer(self._runs[run], self._plan.deciders, self._protocol, self._before)
