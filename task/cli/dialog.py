"""The dialog that asks what to run, when no command was given (as from PsychoPy's Coder)."""

from typing import Any

from task.cli import runs
from task.config.avatars import avatar_sets
from task.config.read import names_in
from task.screens.desktop import import_psychopy
from task.screens.virtual_screen import has_display
from task.visit.requests import RequestError

PILOT = "pilot (emulated scanner)"
USUAL = "the usual one (pilot: demo)"


def ask_and_run() -> int:
    """Ask for participant, session, run, site and protocol, and perform the run; Cancel does nothing."""
    if not has_display():
        raise RequestError("No command was given, and there is no display for a dialog. Try: run_session.py --help")
    import_psychopy()
    from psychopy import gui

    answers: dict[str, Any] = {
        "Participant": "01",
        "Session (may be empty)": "",
        "Run (empty: the next one)": "",
        "Site": [PILOT, *names_in("sites")],
        "Protocol": [USUAL, *names_in("protocols")],
        "Avatars": ["as the protocol says", *avatar_sets()],
    }
    dialog = gui.DlgFromDict(answers, title="fMRI task", sortKeys=False)
    if not dialog.OK:
        print("Nothing was started.")
        return 3
    return run_answers(answers)


def run_answers(answers: dict[str, Any]) -> int:
    """Perform the run that the dialog's answers ask for."""
    participant, session, run, site, protocol, avatars = (str(value).strip() for value in answers.values())
    if not participant:
        raise RequestError("no participant was named")
    if run and not (run.isascii() and run.isdecimal()):
        raise RequestError(f"run {run!r}: a whole number is needed, or nothing for the next run")
    options: dict[str, Any] = {
        "participant": participant,
        "session": session or None,
        "run": int(run) if run else None,
        "protocol": None if protocol == USUAL else protocol,
        "avatar_set": avatars if avatars in avatar_sets() else None,
        "data": None,
    }
    if site == PILOT:
        options["protocol"] = options["protocol"] or "demo"
        return runs.pilot(site="laptop", autopilot=False, **options)
    return runs.run(site=site, **options)
