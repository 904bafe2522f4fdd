"""What to perform next for a participant, and why: said before anything starts, and asked if there is a choice."""

from collections.abc import Callable
from dataclasses import replace

from task.computer import asking
from task.plan.plan import Plan, read_plan
from task.record.history import Attempt, attempts_of, that_count
from task.record.layout import Person
from task.visit.plans import differing_in
from task.visit.requests import Request, RequestError


def next_run(request: Request, plan: Plan, attempts: list[Attempt]) -> int:
    """Give the run to perform: the one asked for, or the first that is not complete."""
    complete = {run for run, attempt in that_count(attempts).items() if attempt.is_complete}
    if request.run is not None:
        if request.run in complete and not request.again:
            raise RequestError(
                f"run {request.run} of participant {request.person.participant} is complete. To perform it once more, "
                "with other trials, add --again; to go on with the next run, leave --run out"
            )
        return request.run
    left = [run for run in range(1, plan.protocol.runs.count + 1) if run not in complete]
    if not left:
        how = "--run N" if request.again else "--run N --again"
        raise RequestError(
            f"all {plan.protocol.runs.count} runs of participant {request.person.participant} are complete. To perform "
            f"one once more, with other trials, name it: {how}"
        )
    return left[0]


def offered_run(
    request: Request, plan: Plan, attempts: list[Attempt], *, ask: Callable[[str], str | None] | None = None
) -> int:
    """Give the run to perform, after saying why it is that one.

    Where the run was begun before and nobody named it, the operator may take another. Without a terminal to ask in, the
    first that is not complete is performed.

    Parameters
    ----------
    request, plan, attempts
        What was asked for, what is planned, and what has been performed.
    ask : callable, optional
        Asks the operator and gives the answer; left out, it is asked in the terminal, if there is one.

    Raises
    ------
    RequestError
        If the run asked for is complete and --again was not, if all are complete, or if the operator wants none.
    """
    run = next_run(request, plan, attempts)
    earlier = [attempt for attempt in attempts if attempt.run == run]
    if not earlier:
        return run
    last, shown = earlier[-1], sum(attempt.has_shown_trials for attempt in earlier)
    trials = "with its spare trials, since what was shown cannot be unseen" if shown else "with its own trials"
    times = "" if len(earlier) == 1 else f" ({len(earlier)} attempts so far)"
    print(f"Run {run} was begun before{times}: {_what_became_of(last)}. It is performed again, {trials}.")
    if ask is None and asking.can_ask():
        ask = asking.ask
    if request.run is not None or request.again or ask is None:
        return run
    question = f"Enter for run {run}, another run's number (1 to {plan.protocol.runs.count}), or q for none: "
    while True:
        answer = ask(question)
        if answer == "":
            return run
        if answer is None or answer.lower() in ("q", "quit"):
            raise RequestError("nothing was started")
        if answer.isascii() and answer.isdecimal() and 1 <= int(answer) <= plan.protocol.runs.count:
            return next_run(replace(request, run=int(answer)), plan, attempts)
        print(f"{answer!r} is none of these.")


def pilot_person(request: Request) -> Person:
    """Give the first of pilot01, pilot02, ... who still has something to perform under this request."""
    number = 1
    while True:
        person = Person(f"pilot{number:02d}", request.person.session)
        path = request.dataset.plan(person)
        attempts = attempts_of(request.dataset, person)
        if not path.exists() and not attempts:
            return person
        fits = path.exists() and not differing_in(read_plan(path), request)
        done = [attempt for attempt in that_count(attempts).values() if attempt.is_complete]
        if fits and (request.run is not None or len(done) < request.protocol.runs.count):
            return person
        number += 1


def _what_became_of(attempt: Attempt) -> str:
    if attempt.is_complete:
        return f"attempt {attempt.attempt} is complete"
    if attempt.cause == "cut off":
        return f"attempt {attempt.attempt} has no end, so the program or the computer was stopped"
    return f"attempt {attempt.attempt} ended early ({attempt.cause})"
