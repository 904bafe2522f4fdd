"""What to perform next for a participant, and why: said before anything starts, and asked if there is a choice."""

import sys
from collections.abc import Callable
from dataclasses import replace

from task.cli.requests import Request, RequestError, next_run
from task.plan.plan import Plan
from task.record.history import Attempt


def offered_run(
    request: Request, plan: Plan, attempts: list[Attempt], *, ask: Callable[[str], str] | None = None
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
    if ask is None and sys.stdin.isatty():
        ask = input
    if request.run is not None or request.again or ask is None:
        return run
    question = f"Enter for run {run}, another run's number (1 to {plan.protocol.runs.count}), or q for none: "
    while True:
        try:
            answer = ask(question).strip().lower()
        except EOFError:
            answer = "q"
        if not answer:
            return run
        if answer in ("q", "quit"):
            raise RequestError("nothing was started")
        if answer.isascii() and answer.isdecimal() and 1 <= int(answer) <= plan.protocol.runs.count:
            return next_run(replace(request, run=int(answer)), plan, attempts)
        print(f"{answer!r} is none of these.")


def _what_became_of(attempt: Attempt) -> str:
    if attempt.is_complete:
        return f"attempt {attempt.attempt} is complete"
    if attempt.cause == "cut off":
        return f"attempt {attempt.attempt} has no end, so the program or the computer was stopped"
    return f"attempt {attempt.attempt} ended early ({attempt.cause})"
