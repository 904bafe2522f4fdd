"""``watch``: the operator's live view, in a process of its own that only reads the journal."""

import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue

from rich.console import Console
from rich.live import Live as Screen

from task.cli.show import refuse_what_is_no_file
from task.cli.status import DONE
from task.computer.printing import is_heard
from task.record.journal import JournalError, read_journal
from task.record.layout import ROOT, checked_label
from task.report.drawing import drawn, waiting
from task.report.far_clock import FarClock
from task.report.follow import Follower, News
from task.report.lines import lines_of
from task.report.live import Live
from task.report.watched import Watched
from task.visit.requests import RequestError

_EVERY_S = 0.25
_NO_ANSWER_S = 5.0


def watch(*, journal: Path | None, data: Path | None, participant: str | None) -> int:
    """Show how the run stands whose journal is being written, until Ctrl-C."""
    if journal is not None and data is not None:
        raise RequestError("name a journal or a dataset (--data), not both")
    if journal is not None:
        _refuse_what_is_none(journal)
    person = checked_label("participant", participant) if participant else None
    roots = [data] if data else [ROOT / "data" / "study", ROOT / "data" / "pilot"]
    view = _View(Follower(journal, roots, person), _waited_for(roots, person), journal is not None)
    console = Console(highlight=False)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # what a terminal lacks takes one column, too
    try:
        if console.is_terminal and not console.is_dumb_terminal:
            _draw(view, console)
        else:
            _print(view)
    except KeyboardInterrupt:
        pass
    return DONE


def _refuse_what_is_none(journal: Path) -> None:
    """Raise RequestError or JournalError unless this is a journal, or may become one with its first line."""
    refuse_what_is_no_file(journal)
    with journal.open("rb") as file:
        has_begun = file.readline().endswith(b"\n")
    if has_begun or not journal.name.endswith("_journal.jsonl"):
        read_journal(journal)


def _waited_for(roots: list[Path], participant: str | None) -> str:
    whose = f" of participant {participant}" if participant else ""
    folders = " or ".join(f"{root}{'' if root.is_dir() else ' (which is not there yet)'}" for root in roots)
    return f"Waiting for a run{whose} to begin in {folders}."


class _View:
    """What is known now: the news of a thread of its own, since a folder on a network may not answer for long."""

    def __init__(self, follower: Follower, waited_for: str, is_named: bool) -> None:
        self.waited_for, self._is_named = waited_for, is_named
        self.journal: Path | None = None
        self.watched: Watched | None = None
        self._news: SimpleQueue[News | Exception] = SimpleQueue()
        self._clock = FarClock()
        self._began = self._answered = time.perf_counter()
        self._problem = self._not_understood = ""
        threading.Thread(target=self._follow, args=(follower,), daemon=True, name="follower").start()

    def _follow(self, follower: Follower) -> None:
        try:
            while True:
                self._news.put(follower.look())
                time.sleep(_EVERY_S)
        except Exception as error:
            self._news.put(error)

    def wait(self) -> None:
        """Wait for news, for a moment, and take in all that has come."""
        try:
            news = self._news.get(timeout=_EVERY_S)
            while True:
                if isinstance(news, Exception):
                    raise news
                self._take(news)
                news = self._news.get_nowait()
        except Empty:
            return

    def _take(self, news: News) -> None:
        self._answered, self._problem = news.arrived, news.problem
        if news.journal != self.journal:
            self.journal, self.watched, self._not_understood = news.journal, None, ""
        records = news.records
        if news.afresh:
            self._began, self._clock, self._not_understood = news.arrived, FarClock(), ""
            try:
                self.watched = Watched(records[0])
            except JournalError as error:
                self.watched, self._not_understood = None, f"{news.journal}: {error}"
                if self._is_named:
                    raise JournalError(self._not_understood) from None
        if self.watched is not None and records:
            self._clock.take(records, news.arrived, datetime.now(UTC), already_there=news.afresh)
            self.watched.take(records)

    @property
    def problem(self) -> str:
        """What keeps the journal from being read; empty if nothing does."""
        silent_s = time.perf_counter() - self._answered
        if silent_s > _NO_ANSWER_S:
            return f"The folder has not answered for {silent_s:.0f} s. Look after the network; the run may be going on."
        return self._problem or self._not_understood

    def live(self) -> Live | None:
        """Say how things stand; None while there is no run."""
        if self.watched is None:
            return None
        now = time.perf_counter()
        return self.watched.live(self._clock.now(now), watched_s=now - self._began)


def _draw(view: _View, console: Console) -> None:
    live = None
    try:
        with Screen(console=console, screen=True, auto_refresh=False) as screen:
            while True:
                view.wait()
                live, (width, height) = view.live(), console.size
                footer = "Ctrl-C ends this view, not the run"
                if live is None:
                    screen.update(waiting(view.problem or view.waited_for, width, height, footer), refresh=True)
                else:
                    footer += f"; {view.journal.name}" if view.journal else ""
                    screen.update(drawn(live, width, height, problem=view.problem, footer=footer), refresh=True)
    finally:  # what may have to be copied stays on the terminal
        for line in lines_of(None, live) if live else ():
            print(line)


def _print(view: _View) -> None:
    before, watched, had_problem = None, None, False
    print(view.waited_for, flush=True)
    while is_heard():
        view.wait()
        if bool(view.problem) != had_problem:
            had_problem = not had_problem
            print(view.problem or "The journal can be read again.", flush=True)
        live = view.live()
        for line in lines_of(before if view.watched is watched else None, live) if live else ():
            print(line, flush=True)
        before, watched = live, view.watched
