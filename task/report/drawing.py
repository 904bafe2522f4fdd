"""The operator's live view as lines of a terminal, in colours for a dark control room; the words say it without them.

What matters most stands first, and at 80 by 24 all of it fits. Of long lists the end of what the pulses say, and the
oldest of the warnings, are left out, and it says so.
"""

import textwrap

from rich.console import Group, RenderableType
from rich.text import Text

from task.record.answering import MISSES_THAT_MATTER
from task.report.live import Level, Live, Note
from task.report.words import minutes

LABEL = 12  # columns for what a line is about
STYLES: dict[Level, str] = {"quiet": "", "attention": "yellow", "hand": "bold red"}
_ALARM = "bold white on dark_red"


def drawn(live: Live, width: int, height: int, *, problem: str = "", footer: str = "") -> RenderableType:
    """Draw the view.

    Parameters
    ----------
    live : Live
        What to show.
    width, height : int
        Columns and lines of the terminal.
    problem : str
        What keeps the journal from being read, if anything does.
    footer : str
        The last line.
    """
    title = [*_alarm(live, width, 3 if height >= 30 else 1), *_title(live, width)]
    state = [*_wrapped("", live.state, width, STYLES[live.level] or "bold"), *_bar(live, width)]
    alerts = ((problem, "hand"), *live.alerts) if problem else live.alerts
    state += [line for text, level in alerts for line in _wrapped("", text, width, STYLES[level])]
    rows = [line for label, text, level in rows_of(live) for line in _wrapped(label, text, width, STYLES[level])]
    room = max(height - len(title) - len(state) - len(rows) - 1, 0)
    said = _said(live, width, room)
    spare = room - len(said)
    gap, blank = ([Text()], [Text()] * (spare - 3)) if spare >= 3 else ([], [Text()] * spare)
    lines = [*title, *gap, *state, *gap, *rows, *gap, *said, *blank]
    return Group(*lines[: height - 1], _line(footer, "dim"))


def waiting(text: str, width: int, height: int, footer: str = "") -> RenderableType:
    """Draw the view while there is no run to show."""
    lines = _wrapped("", text, width, "")
    return Group(*lines, *[Text()] * (height - 1 - len(lines)), _line(footer, "dim"))


def rows_of(live: Live) -> list[tuple[str, str, Level]]:
    """Give what the view says in single lines: what each is about, what it says, and how much it matters."""
    times = ""
    if live.since_zero_s is not None:
        since_s, total_s = int(live.since_zero_s), int(live.total_s)  # whole seconds, so that what is said adds up
        left = "" if live.left_s is None else f", {minutes(total_s - since_s)} left"
        of = f"{left} of {minutes(total_s)}" if since_s <= total_s else f", all {minutes(total_s)} are over"
        times = f"; {minutes(since_s)} since zero{of}"
    ago = "" if live.press_ago_s is None else f", {live.press_ago_s:.1f} s ago"
    answered = "" if live.response_s is None else f", answered after {live.response_s:.2f} s"
    in_a_row = f"{live.misses_in_a_row} in a row, " if live.misses_in_a_row else ""
    is_asleep = live.misses_in_a_row >= MISSES_THAT_MATTER
    misses = f"{in_a_row}{live.misses} of {live.questions} questions" + ": IS THE PARTICIPANT AWAKE?" * is_asleep
    worst = f" (late by up to {live.latest_frame_s * 1000:.0f} ms)" if live.dropped_frames else ""
    return [
        ("Trial", f"{live.trial or 0} of {live.trials}{times}", "quiet"),
        ("On screen", live.screen or "nothing yet", "quiet"),
        ("Pulses", _pulses(live), "hand" if live.is_pulse_due else "quiet"),
        ("Last press", f"{live.press}{ago}{answered}" if live.press else "none yet", "quiet"),
        ("Misses", misses, "attention" if is_asleep else "quiet"),
        ("Frames", f"{live.dropped_frames} dropped{worst}", "attention" if live.dropped_frames else "quiet"),
        ("Points", f"{live.points} in this run", "quiet"),
    ]


def _pulses(live: Live) -> str:
    if live.volumes_seen is None:
        text = f"{live.pulses}, for all {live.volumes} volumes"
    else:
        text = f"{live.volumes_seen} of {live.volumes} volumes"
    if live.is_pulse_due:
        silent_s = live.since_pulse_s if live.since_pulse_s is not None else live.since_zero_s or 0.0
        text = f"NO PULSE for {silent_s:.1f} s; {text}"
    elif live.since_pulse_s is not None:
        text += f", last pulse {live.since_pulse_s:.1f} s ago"
    elif not live.pulses:
        text += ", no pulse yet"
    return text + (
        f", measured TR {live.tr_s:.4f} s"
        if live.tr_s is not None
        else f", TR {live.protocol_tr_s:g} s by the protocol"
    )


def title_of(live: Live) -> str:
    """Say who and what is performed, where, and whether for real."""
    session = f", session {live.session}" if live.session else ""
    attempt = f" (attempt {live.attempt})" if live.attempt > 1 else ""
    return f"Participant {live.participant}{session}, run {live.run} of {live.runs}{attempt}"


def _title(live: Live, width: int) -> list[Text]:
    left, right = title_of(live), live.source
    style = "" if live.source == "REAL SCANNER" else "cyan"
    first = Text(left, style="bold", no_wrap=True, overflow="ellipsis")
    first.truncate(max(width - len(right) - 2, 0), overflow="ellipsis", pad=True)
    first.append(f"  {right}", style=f"bold {style}")
    plays = ", the simulated participant plays" * live.plays_by_itself
    return [first, _line(f"protocol {live.protocol}, site {live.site}{plays}", "dim")]


def _bar(live: Live, width: int) -> list[Text]:
    if live.since_zero_s is None:
        return []
    done = round(width * min(live.since_zero_s / live.total_s, 1.0))
    return [Text.assemble(("━" * done, "grey62"), ("━" * (width - done), "grey23"), no_wrap=True)]


def _alarm(live: Live, width: int, height: int) -> list[Text]:
    if live.alarm_ago_s is None:
        return []
    text = f"ALARM pressed by the participant {minutes(live.alarm_ago_s)} ago. Speak to them now."
    lines = ["", *textwrap.wrap(text, width - 4), ""] if height > 2 else textwrap.wrap(text, width - 4)
    return [Text(f"  {line}".ljust(width), style=_ALARM, no_wrap=True) for line in lines]


def _said(live: Live, width: int, room: int) -> list[Text]:
    """What pulses and answers say, warnings, decisions: if not all fits, the first lines of each, and the newest."""
    sentences = [
        _wrapped(label if number == 0 else " ", text, width, "yellow")
        for label, texts in (("Scan", live.sentences), ("Answers", live.doubts))
        for number, text in enumerate(texts)
    ]
    command = _wrapped("Re-zero", live.command, width, "") if live.command else []
    notes = [line for note in live.notes for line in _note(note, width)]
    for lines in reversed(sentences):  # what matters most was said first, and stays whole longest
        if len(command) + sum(map(len, sentences)) + min(len(notes), 4) > room and len(lines) > 1:
            del lines[1:]
            lines[0].truncate(width - 4)
            lines[0].append(" ...")
    scan = [*command, *(line for lines in sentences for line in lines)]
    for_notes = min(len(notes), max(room - len(scan), min(room // 2, 4)))
    return [*_first(scan, room - for_notes), *_last(notes, for_notes)]


def _note(note: Note, width: int) -> list[Text]:
    label = "before zero" if note.since_zero_s is None else f"at {minutes(note.since_zero_s)}"
    return _wrapped(label, note.text, width, "yellow" if note.kind == "warning" else "")


def _wrapped(label: str, text: str, width: int, style: str) -> list[Text]:
    """Wrap a text; beside its label, if there is one, else over the whole width."""
    indent = LABEL if label else 0
    lines = textwrap.wrap(text, max(width - indent, 10), break_on_hyphens=False) or [""]
    return [
        Text.assemble((label.ljust(indent) if number == 0 else " " * indent, "dim"), (line, style), no_wrap=True)
        for number, line in enumerate(lines)
    ]


def _line(text: str, style: str) -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def _first(lines: list[Text], room: int) -> list[Text]:
    if len(lines) <= room or not room:
        return lines[:room]
    return [*lines[: room - 1], _line(f"... {len(lines) - room + 1} more lines in a larger window", "dim")]


def _last(lines: list[Text], room: int) -> list[Text]:
    if len(lines) <= room or not room:
        return lines[:room]
    hidden = len(lines) - room + 1
    return [_line(f"... {hidden} earlier lines in a larger window", "dim"), *lines[hidden:]]
