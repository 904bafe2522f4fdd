"""Runs in real time: ``pilot`` on a laptop, ``run`` in the MRI suite."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from task.cli.status import DONE, ENDED_EARLY, FAILED
from task.computer.interrupts import interrupts
from task.computer.telling import telling
from task.computer.typed import as_typed, typed_again
from task.config.read import read_site
from task.devices.clock import RealClock
from task.export.dataset import Exported, export_person
from task.plan.plan import Plan
from task.record.answering import answering_of
from task.record.history import Attempt, attempt_of, attempts_of
from task.record.identity import misplaced
from task.record.journal import read_journal
from task.record.kinds.train import Train
from task.record.layout import Dataset, Person
from task.record.lock import locked
from task.record.records import Record, first
from task.screens.virtual_screen import again_on_a_virtual_screen, has_display, is_on_virtual_screen
from task.visit.files_needed import refused_files
from task.visit.minds import SimulatedMind, SimulatedMindSettings, remember, simulated_mind
from task.visit.next_run import offered_run, pilot_person, what_comes_next, what_is_left_out
from task.visit.perform import Performance, RunFailed, perform_run
from task.visit.pictures import contact_sheet_of_run, opened_window
from task.visit.plans import plan_for
from task.visit.requests import Request, RequestError, checked_request, doubts_about_label, options_of, refuse_mixtures
from task.visit.rescue import left_behind_of, rescue_command, take_home


def pilot(
    *,
    participant: str | None,
    autopilot: bool,
    site: str,
    mind: str = "learner",
    w: float | None = None,
    beta: float | None = None,
    learning_rates: tuple[float, float] | None = None,
    **options: Any,
) -> int:
    """Perform a run with the emulated scanner; without a display, on a virtual one and by itself."""
    asked = SimulatedMind(mind, w, beta, learning_rates)
    room = read_site(site).with_emulated_scanner()
    if is_on_virtual_screen():
        room = room.in_a_window()
    request = checked_request(participant=participant or "pilot01", site=room, **options)
    if participant is None:
        request = replace(request, person=pilot_person(request))
    if not has_display():
        print("No display was found: starting a virtual one, on which the simulated participant plays.", flush=True)
        return again_on_a_virtual_screen(room.display.size_px, *([] if autopilot else ["--autopilot"]))
    if autopilot:
        print("The simulated participant plays.")
    elif asked != SimulatedMind():
        raise RequestError("--mind, --w, --beta and --learning-rates are the simulated participant's: add --autopilot")
    settings = asked.settings_for(SimulatedMindSettings()) if autopilot else None
    # a pilot may be repeated without further ado
    return _perform(replace(request, again=True), settings, with_pictures=True)


def run(*, site: str, **options: Any) -> int:
    """Perform a run with the site's own devices."""
    request = checked_request(site=read_site(site), **options)
    if not has_display():
        raise RequestError(
            "There is no display to show the task on (DISPLAY is not set). Start this on the stimulus computer itself, "
            "or use `pilot`, which can do without"
        )
    return _perform(request, None, with_pictures=False)


def _perform(request: Request, settings: SimulatedMindSettings | None, *, with_pictures: bool) -> int:
    for refused in refused_files(request.dataset, request.person, with_pictures=with_pictures):
        if refused.is_for_recording:
            raise RequestError(f"Nothing can be recorded. {refused.text}")
        print(f"Note: after the run its events, or their tables, cannot be made from this account. {refused.text}")
    refuse_mixtures(request, attempts_of(request.dataset, request.person))
    with locked(request.dataset, request.person):
        return _perform_locked(request, settings, with_pictures=with_pictures)


def _perform_locked(request: Request, settings: SimulatedMindSettings | None, *, with_pictures: bool) -> int:
    take_home(request.dataset, request.person)
    attempts = attempts_of(request.dataset, request.person)
    plan, decisions = plan_for(request, print)
    number = offered_run(request, plan, attempts)
    if left_out := what_is_left_out(number, plan, attempts):
        print(f"{left_out[0].upper()}{left_out[1:]}.")
        decisions.append(left_out)
    scanner = "the EMULATED scanner" if request.site.is_emulated else f"the scanner of site {request.site.name}"
    print(
        f"Participant {request.person.participant}, run {number} of {plan.protocol.runs.count}, protocol "
        f"{plan.protocol.name}, {scanner}."
    )
    doubts = doubts_about_label(request)
    for doubt in (*doubts, *misplaced(request.dataset, request.person.participant)):
        print(f"Note: {doubt}.")
    for attempt in attempts:
        if attempt.problem:
            print(f"Note: {attempt.problem}; it counts as an attempt whose trials were seen.")
    responders = plan.protocol.deciders.responders
    mind = simulated_mind(settings, request.person, responders) if settings else None
    if mind is not None:
        remember(mind, attempts)
    sheet = None
    with (
        interrupts() as was_interrupted,
        opened_window(request.site.display, request.wording, plan.protocol) as window,
        telling() as teller,
    ):
        if by := was_interrupted():
            print(f"Ended by {by} before the run began: nothing was performed.")
            return ENDED_EARLY
        try:
            performance = perform_run(
                dataset=request.dataset,
                person=request.person,
                plan=plan,
                run=number,
                site=request.site,
                attempts=attempts,
                clock=RealClock(),
                display=window,
                mind=mind,
                mind_settings=settings,
                wording=request.wording,
                decisions=decisions,
                tell=teller.tell,
                was_interrupted=was_interrupted,
            )
        except RunFailed as failed:
            teller.close()
            for copy in left_behind_of(request.dataset, request.person):
                _say_what_to_rescue(request.dataset, copy.home, copy.path)
            _exported(request)
            _say_what_comes_next(request, plan, [*attempts, attempt_of(failed.journal)], number)
            raise
        teller.close()
        if performance.spare is None:
            exported = _exported(request)
        else:
            _say_what_to_rescue(request.dataset, performance.journal, performance.spare)
            exported = Exported(request.person, (), (), ("the events will be made when the record is brought home",))
        if with_pictures:
            sheet = _contact_sheet(window, performance, request)
    with suppress(OSError):  # a terminal that was closed
        _say_how_it_went(performance, exported, sheet)
        for doubt in doubts:
            print(f"Note: {doubt.partition('. ')[0]}.")
        _say_what_comes_next(request, plan, [*attempts, attempt_of(performance.record)], number)
    if performance.spare is not None:
        return FAILED
    return DONE if performance.is_complete else ENDED_EARLY


def _exported(request: Request) -> Exported:
    """Make the events; a disk that fails now takes nothing from what was recorded."""
    try:
        return export_person(request.dataset, request.person)
    except Exception as error:
        why = f"{error} ({type(error).__name__})".strip()
        note = f"the events could not be made now: {why}. All is in the journal: `run_session.py export` makes them"
        return Exported(request.person, (), (), (note,))


def _say_what_to_rescue(dataset: Dataset, journal: Path, copy: Path) -> None:
    print(
        f"\nWARNING: {journal} is not whole: the disk did not take it.\nThe copy is {copy}.\n"
        "When the disk is well again, bring it home, before this computer is started anew:\n"
        f"    {rescue_command(dataset)}"
    )


def _contact_sheet(window: Any, performance: Performance, request: Request) -> Path | None:
    """Draw the screens of a pilot; they are nice to have, and no more."""
    name = f"run-{performance.run:02d}_attempt-{performance.attempt:02d}_screens"
    try:
        return contact_sheet_of_run(window, performance.record, request.dataset.reports(request.person) / name)
    except Exception as error:
        print(f"Note: no screenshots could be made: {error} ({type(error).__name__})")
        return None


def _say_how_it_went(performance: Performance, exported: Exported, sheet: Path | None) -> None:
    print()
    records = read_journal(performance.record)
    answering = answering_of(records)
    if performance.is_complete:
        print(f"The run is complete{f', but {answering.no_answers}' if answering.no_answers else ''}.")
    else:
        print(f"The run ended early: {performance.cause}. All that happened until then is kept.")
    of_this_run = f"{exported.person.stem}, run {performance.run},"
    others = f"{exported.person.stem}, run "
    said = [note for note in exported.for_operator if note.startswith(of_this_run) or not note.startswith(others)]
    for one in answering.sentences():
        print(f"{'Warning' if one.is_worrying else 'Note'}: {one.text}")
    for note in (*_what_pulses_say(records), *said):
        print(f"Note: {note}")
    if exported.for_analyst:
        print("What the GLM leaves out of these runs, and why: README beside the onset files.")
    lines = [("Journal", [performance.record]), ("Events", exported.events), ("Onset files", exported.onset_folders)]
    if sheet is not None:
        lines.append(("Screenshots", [sheet]))
    for name, paths in lines:
        for path in paths:
            print(f"{name + ':':13}{_relative(path)}")


def _say_what_comes_next(request: Request, plan: Plan, attempts: list[Attempt], run: int) -> None:
    """Say how the session stands, and give the command to go on with."""
    said, options = what_comes_next(run, plan, attempts)
    if options is not None:
        command = typed_again(*options, without={"--run": True, "--again": False})
    else:
        said += " To check what was recorded:"
        command = as_typed("verify", *options_of(request.dataset, Person(request.person.participant)))
    print(f"\n{said}\n    {command}")


def _what_pulses_say(records: list[Record]) -> list[str]:
    """Say what the run's pulses tell of its scan; a clean train says only how it was."""
    train = first(records, Train)
    if train is None:
        return []
    measured = f", measured TR {train.tr_s:.4f} s" if train.tr_s else ""
    jitter = f" (SD {train.jitter_s * 1000:.1f} ms)" if train.jitter_s is not None else ""
    said = [f"{train.pulses} pulses came{measured}{jitter}.", *train.sentences]
    if train.command:
        said.append(f"If you agree, this re-zeroes the run (put your reason in):\n    {train.command}")
    return said


def _relative(path: Path) -> str:
    """Show a path from here, if it lies below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
