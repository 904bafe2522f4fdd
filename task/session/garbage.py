"""Python's garbage collector, kept from stopping a frame."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_garbage() -> Iterator[None]:
    """Collect now, and not again until the block is left."""
    gc.collect()
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
