"""Files that this account may not read or write, also where tests are run by the one account that may do all."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

_OVERRIDES = (1, 2)  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH of Linux: root reads and writes by them what it likes
_VERSION, _DROP_FROM_BOUND = 0x20080522, 24

needs_modes = pytest.mark.skipif(
    not hasattr(os, "geteuid") or (os.geteuid() == 0 and not sys.platform.startswith("linux")),
    reason="here nothing can be kept from this account",
)


def _capabilities(change: "ctypes.Array[ctypes.c_uint32] | None" = None) -> "ctypes.Array[ctypes.c_uint32]":
    kernel = ctypes.CDLL(None, use_errno=True)
    header, values = (ctypes.c_uint32 * 2)(_VERSION, 0), change or (ctypes.c_uint32 * 6)()
    call = kernel.capget if change is None else kernel.capset
    if call(header, values):
        raise OSError(ctypes.get_errno(), "capabilities cannot be read or set")
    return values


@contextmanager
def as_any_account() -> Iterator[None]:
    """Let modes hold for root, too, in this thread and those that it starts, until the block is left."""
    if os.geteuid() != 0:
        yield
        return
    before = _capabilities()
    fewer = (ctypes.c_uint32 * 6)(*before)
    for one in _OVERRIDES:
        fewer[0] &= ~(1 << one)
    _capabilities(fewer)
    try:
        yield
    finally:
        _capabilities(before)


def become_any_account() -> None:
    """Let modes hold for root, too: for a program that is just being started (``preexec_fn``)."""
    if os.geteuid() == 0:
        for one in _OVERRIDES:
            ctypes.CDLL(None).prctl(_DROP_FROM_BOUND, one, 0, 0, 0)
