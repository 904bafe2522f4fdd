"""What to perform next for a participant, and why: said before anything starts, and asked if there is a choice."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from task.computer import asking
from task.plan.plan import Plan, saved_plan
from task.record.history import Attempt, attempts_of, that_count
from task.record.layout import Person
from task.visit.plans import differing_in
from task.visit.requests import Request, RequestError


def runs_left(plan: Plan, attempts: Iterable[Attempt]) -> list[int]:
    """List the runs of a plan that are not complete."""
    complete = {run for run, attempt in that_count(attempts).items() if attempt.is_complete}
    return [run for run in range(1, plan.protocol.runs.count + 1) if run not in complete]


def next_run(request: Request, plan: Plan, attempts: list[Attempt]) -> int:
    """Give the run to perform: the one asked for, or the first that is not complete."""
    left = runs_left(plan, attempts)
    if request.run is not None:
        if request.run not in left and not request.again:
            raise RequestError(
                f"run {request.run} of participant {request.person.participant} is complete. To perform it once more, "
                "with other trials, add --again; to go on with the next run, leave --run out"
            )
        return request.run
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
    times = "" if len(earlier) == 1 else f" ({len(earlier)} attempts so far)"
    print(
        f"Run {run} was begun before{times}: {_what_became_of(earlier[-1])}. It is performed again, "
        f"{which_trials(earlier)}."
    )
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


def which_trials(earlier: Iterable[Attempt]) -> str:
    """Say with which of its trials a run is performed after these attempts at it."""
    if any(attempt.has_shown_trials for attempt in earlier):
        return "with spare trials, since what was shown cannot be unseen"
    return "with its own trials, as none of them was shown"


def what_is_left_out(run: int, plan: Plan, attempts: Iterable[Attempt]) -> str:
    """Say which runs before this one are not complete; nothing if all are."""
    before = [one for one in runs_left(plan, attempts) if one < run]
    return f"run {run} is performed though {_runs(before)} not complete" if before else ""


def what_comes_next(run: int, plan: Plan, attempts: Iterable[Attempt]) -> tuple[str, list[str] | None]:
    """Say how a session stands after an attempt at a run.

    Parameters
    ----------
    run : int
        The run that was attempted.
    plan, attempts
        What is planned, and what has been performed, this attempt among it.

    Returns
    -------
    said : str
        A sentence or two.
    options : list of str or None
        What the command that goes on has to name; None if all runs are complete.
    """
    attempts, count = list(attempts), plan.protocol.runs.count
    left = runs_left(plan, attempts)
    if run in left:
        again = which_trials(attempt for attempt in attempts if attempt.run == run)
        return f"Run {run} is to be performed again, {again}.", [] if run == left[0] else ["--run", str(run)]
    if not left:
        return f"All {count} runs of this session are complete.", None
    skipped = [one for one in left if one < run]
    also = f", and {_runs(skipped)} not" if skipped else ""
    return f"Run {run} of {count} is complete{also}. Next is run {left[0]}.", []


def _runs(numbers: Sequence[int]) -> str:
    *most, last = map(str, numbers)
    return f"runs {', '.join(most)} and {last} are" if most else f"run {last} is"


def pilot_person(request: Request) -> Person:
    """Give the first of pilot01, pilot02, ... who still has something to perform under this request."""
    number = 1
    while True:
        person = Person(f"pilot{number:02d}", request.person.session)
        saved, attempts = saved_plan(request.dataset.plan(person)), attempts_of(request.dataset, person)
        if saved is None and not attempts:
            return person
        number += 1
        if saved is None or differing_in(saved, request):
            continue
        if request.run is not None or runs_left(saved, attempts):
            return person


def _what_became_of(attempt: Attempt) -> str:
    if attempt.is_complete:
        return f"attempt {attempt.attempt} is complete"
    if attempt.cause == "cut off":
        return f"attempt {attempt.attempt} has no end, so the program or the computer was stopped"
    return f"attempt {attempt.attempt} ended early ({attempt.cause})"
