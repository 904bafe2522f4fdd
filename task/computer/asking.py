"""Asking the operator on the terminal, if somebody is there to answer."""

import sys


def can_ask() -> bool:
    """Whether there is a terminal to ask in."""
    return sys.stdin is not None and sys.stdin.isatty()


def ask(question: str) -> str | None:
    """Ask on the terminal and give the answer without blanks around it; None if the terminal was closed instead."""
    try:
        return input(question).strip()
    except EOFError:
        return None
