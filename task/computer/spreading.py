"""Work spread over the computer's processors: the one place that starts processes for it."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def spread(work: Callable[[Item], Result], items: Sequence[Item], *, batch: int = 1) -> Iterator[Result]:
    """Do the same work on each item, several at a time, and give the results in the items' order as they come.

    Parameters
    ----------
    work : callable
        A function that another process can import: of a module, or a ``partial`` of one.
    items : sequence
        What it is given, one at a time. No more than a batch of them is done here, without other processes.
    batch : int
        How many go to a process at once.
    """
    if len(items) <= batch:
        yield from map(work, items)
        return
    from joblib import Parallel, delayed  # takes a while to import

    yield from Parallel(n_jobs=-1, batch_size=batch, return_as="generator")(delayed(work)(one) for one in items)
