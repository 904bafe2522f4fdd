"""Performing a run: the plan, the devices, the display, the journal and the conductor put together."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from task.computer.asking import ask, can_ask
from task.computer.interrupts import exits_are_raised
from task.config.read import read_wording
from task.config.site import Site
from task.config.sources import EmulatedScannerSettings
from task.config.wording import Wording
from task.devices.clock import Clock, VirtualClock
from task.devices.emulated_scanner import EmulatedScanner
from task.devices.sources import device_of
from task.devices.strokes import Device, ForeseeableDevice
from task.model.mind import LearningMind
from task.plan.dealing import Dealer
from task.plan.plan import Plan
from task.record.history import Attempt, tally_before
from task.record.journal import Journal
from task.record.kinds import marks, notes
from task.record.kinds.train import train_of
from task.record.layout import Dataset, Person
from task.session.conductor import Conductor, Observer
from task.session.display import Display, VirtualDisplay
from task.session.participant import SimulatedParticipant
from task.visit.head import head_of
from task.visit.minds import SimulatedMindSettings, generator_of
from task.visit.requests import RequestError
from task.visit.rescue import rescue_command
from task.visit.rezero import rezero_command

_SOON_S = 2.0


@dataclass(frozen=True)
class Performance:
    """How an attempt ended, where its journal lies, and the copy that has to be rescued if it is not whole there."""

    cause: str
    journal: Path
    run: int
    attempt: int
    spare: Path | None = None

    @property
    def record(self) -> Path:
        """The file that has the whole record: the journal, or its copy."""
        return self.spare or self.journal

    @property
    def is_complete(self) -> bool:
        """Whether the run was performed to its end."""
        return self.cause == "complete"


class RunFailed(Exception):
    """A run that ended by an error, or whose record no disk took; its text says what is kept, and what to do."""

    def __init__(self, text: str, journal: Path) -> None:
        self.journal = journal
        super().__init__(text)


def _ended_by(error: BaseException, journal: Path) -> RunFailed:
    what = f"{error} ({type(error).__name__})"
    if isinstance(error, SystemExit):
        what = f"something in this program, or in a library, asked all of it to end (exit status {error.code})"
    return RunFailed(
        f"The run ended by an error: {what}. What had happened until then is kept in {journal}, and the whole error "
        "stands at its end. Mend the cause if you know it.",
        journal,
    )


def _not_recorded(error: OSError, journal: Journal, dataset: Dataset) -> RunFailed:
    places = [path for path in (journal.path, journal.copy_path) if path is not None]
    kept = " and ".join(f"{_lines_in(path)} are in {path}" for path in places)
    return RunFailed(
        f"No disk took the whole record of this run: {error}. Of its {journal.count} records {kept}. Make room on the "
        f"disk, or look after the network; then bring home what the copy has: {rescue_command(dataset)}",
        journal.path,
    )


def _lines_in(path: Path) -> int:
    try:
        return path.read_bytes().count(b"\n")
    except OSError:
        return 0


def perform_run(
    *,
    dataset: Dataset,
    person: Person,
    plan: Plan,
    run: int,
    site: Site,
    attempts: Sequence[Attempt],
    clock: Clock,
    display: Display | None = None,
    mind: LearningMind | None = None,
    mind_settings: SimulatedMindSettings | None = None,
    wording: Wording | None = None,
    decisions: Sequence[str] = (),
    tell: Callable[[str], None] = print,
    was_interrupted: Callable[[], str | None] = lambda: None,
) -> Performance:
    """Perform the next attempt at a run and give how it ended.

    Parameters
    ----------
    dataset, person, plan, run, site
        What to perform, for whom, where.
    attempts : sequence of Attempt
        What has been performed with the person so far.
    clock : RealClock or VirtualClock
        Real or simulated time.
    display : Display, optional
        A window, opened; left out on virtual time.
    mind, mind_settings : optional
        Whose presses to simulate; left out for a person.
    wording : Wording, optional
        The words shown, for the journal; left out, those that the protocol names.
    decisions : sequence of str
        What the operator decided beforehand, for the journal.
    tell : callable
        Takes a line for the operator.
    was_interrupted : callable
        Says by what the operator has asked to end the run, such as Ctrl-C; None if nobody has.
    """
    earlier = [attempt for attempt in attempts if attempt.run == run]
    number = dataset.next_attempt(person, run)
    version = 1 + sum(attempt.has_shown_trials for attempt in earlier)
    planned = plan.run(run, version)
    devices: list[Device] = [_device(name, site, plan, clock) for name in site.devices]
    observers: list[Observer] = []
    if mind is not None:
        draw = generator_of(mind_settings or SimulatedMindSettings(), person, run, number)
        participant = SimulatedParticipant(mind, site.strokes, draw)
        devices.append(participant)
        observers.append(participant)
    if display is None:
        display = _virtual_display(clock, site, devices)
    before = tally_before(attempts, run)
    points_before = sum(attempt.points for attempt in attempts)
    words = wording or read_wording(plan.protocol.wording)
    there = dataset.attempts_there(person.participant)
    head = head_of(plan, planned, site, words, clock, mind_settings, number, before, points_before, there)
    with ExitStack() as stack:
        for device in devices:
            stack.callback(_let_go, device)
            device.open()
        journal = _new_journal(dataset.journal(person, run, number), durable=not clock.is_virtual)
        stack.callback(_close, journal, dataset, tell)
        stack.callback(_take_last_words, devices, journal, clock, tell)
        journal.write(replace(head, copy=str(journal.spare) if journal.spare else None))
        t, utc = clock.with_utc()
        journal.write(marks.Clock(t=t, utc=utc))
        for decision in decisions:
            journal.write(notes.Decision(t=clock.now(), decision=decision))
        conductor = Conductor(
            plan,
            planned,
            site=site,
            display=display,
            devices=devices,
            journal=journal,
            clock=clock,
            dealer=Dealer(planned, plan.deciders, plan.protocol, before),
            points_before=points_before,
            observers=observers,
            tell=tell,
            was_interrupted=was_interrupted,
        )
        try:
            with exits_are_raised():
                cause = conductor.perform()
        except BaseException as error:
            raise _ended_by(error, journal.path) from error
        train = conductor.pulse_train(has_ended=cause == "complete")
        if train is not None:
            by_s = train.zero_correction_s
            command = None if by_s is None else rezero_command(dataset, person, run, number, by_s)
            journal.write(train_of(train, clock.now(), command))
    return Performance(cause, journal.path, run, number, journal.spare)


def _let_go(device: Device) -> None:
    with suppress(Exception):  # whatever else there is to tell is more than this
        device.close()


def _take_last_words(devices: Sequence[Device], journal: Journal, clock: Clock, tell: Callable[[str], None]) -> None:
    """Let go of the devices, and journal what they say at the end: that one fails takes nothing from the run."""
    for device in devices:
        try:
            device.close()
            said = [(notice.time, f"{notice.device}: {notice.text}") for notice in device.notices()]
        except Exception as error:
            said = [(clock.now(), f"A device could not be closed ({type(error).__name__}: {error}).")]
        for t, warning in said:
            journal.write(notes.Warning(t=t, warning=warning))
            tell(f"Warning: {warning}")


def _close(journal: Journal, dataset: Dataset, tell: Callable[[str], None]) -> None:
    """Close the journal; as long as no disk takes it and somebody is there to help, ask for help."""
    with suppress(OSError):
        journal.close(_SOON_S)
    if journal.is_whole:
        return
    tell("Waiting for the disk to take the rest of the record. Do not close this program.")
    while True:
        try:
            return journal.close()
        except OSError as error:
            tell(f"No disk takes the record of this run: {error}. It is still in memory. Do not close this program.")
            if not can_ask():
                raise _not_recorded(error, journal, dataset) from error
            tell("Make room on the disk, or bring the folder back; then press Enter to try again.")
            if ask("") is None:
                raise _not_recorded(error, journal, dataset) from error


def _new_journal(path: Path, durable: bool) -> Journal:
    try:
        return Journal(path, durable=durable)
    except FileExistsError:
        raise RequestError(
            f"{path} exists already: another program seems to be performing this run just now. Close that one first"
        ) from None


def _device(name: str, site: Site, plan: Plan, clock: Clock) -> Device:
    settings = site.devices[name]
    if isinstance(settings, EmulatedScannerSettings):
        return EmulatedScanner(name, plan.protocol.scan, plan.protocol.volumes, settings.starts_after_s, clock)
    return _SilentKeyboard() if clock.is_virtual else device_of(name, settings, site.codes_of(name))


class _SilentKeyboard:
    """Stands for the keyboard on virtual time, where nobody could press it."""

    def open(self) -> None:
        """There is nothing to open."""

    def read(self, until: float) -> list[Any]:
        """Nobody presses."""
        return []

    def notices(self) -> list[Any]:
        """There is nothing to know."""
        return []

    def next_due(self) -> float | None:
        """Nobody will press."""
        return None

    def close(self) -> None:
        """There is nothing to close."""


def _virtual_display(clock: Clock, site: Site, devices: Sequence[Any]) -> Display:
    if not isinstance(clock, VirtualClock):
        raise TypeError("real time needs a window")
    foreseeable: Sequence[ForeseeableDevice] = devices
    return VirtualDisplay(clock, site.display.refresh_hz, foreseeable)
