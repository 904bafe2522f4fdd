"""What the pulses of a run say about its scan: measured TR, what is missing or too much, and whether zero is right.

A missed first pulse or a key pressed by hand puts a whole run off without a sign, but both leave traces in the train
of pulses. They are read here, from the stamps alone. Nothing is changed: corrections are suggested.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from task.config.scan import Scan
from task.pulses.findings import FURTHEST_TR, SILENCE_TR, PulseTrain, in_pulses
from task.pulses.fit import Times, Train, near
from task.pulses.reading import Reading
from task.pulses.search import find_train, parts_about_pause, successive_trains, why_no_train

__all__ = ["FURTHEST_TR", "SILENCE_TR", "PulseTrain", "understand"]


def understand(
    times: Sequence[float],
    zero: float | None,
    scan: Scan,
    volumes: int,
    *,
    now: float | None = None,
    ended: bool = True,
    before_ready: Sequence[float] = (),
) -> PulseTrain:
    """Find out what the pulses of a run say; 20,000 of them take about a tenth of a second.

    Parameters
    ----------
    times : sequence of float
        Stamps of all pulses in seconds.
    zero : float or None
        The run's zero on the same clock, if it has come. Where no pulse is, it was set by hand.
    scan, volumes : Scan, int
        How the scan pulses by the protocol, and the stored volumes planned.
    now : float or None
        The clock's time while the scan goes on: pulses due by now count as missing.
    ended : bool
        Whether the scan was given time to end; say False of a run that was aborted. Only then the end is judged.
    before_ready : sequence of float
        Stamps of the pulses that came before the task was ready. Those on the train show that the scan was running.
    """
    stamps, before = (np.sort(np.asarray(some, dtype=float)) for some in (times, before_ready))
    zero, volumes_seen = None if zero is None else float(zero), None if scan.pulses == "first_only" else 0
    is_by_hand = zero is not None and not near(stamps, zero, 1e-6).size
    found = PulseTrain(stamps.size, volumes, volumes_seen=volumes_seen)
    if scan.pulses == "first_only" and (stamps.size or (is_by_hand and before.size)):
        return _once(found, stamps, before, zero if is_by_hand else None, scan)
    if not stamps.size:
        return replace(found, sentences=_of_none(before.size, is_by_hand) if ended or is_by_hand else ())
    train = find_train(stamps, scan)
    planned = (volumes + scan.pulses_before_zero // scan.pulses_per_volume) * scan.pulses_per_volume
    trains = successive_trains(train, scan)
    is_whole = ended and any(np.ptp(part.index) + 1 == planned for part in trains)  # others were false starts
    why = why_no_train(train, scan, ended) if len(trains) == 1 else None
    if ended and len(trains) == 1 and why is None:
        trains = parts_about_pause(train, scan, planned)
    if len(trains) > 1 and not is_whole:
        return _of_several(found, trains, zero, scan, ended)
    if why:
        on = "" if ended else " The run goes on."
        advice = "Check the trigger cable, and what else sends the pulse's code."
        said = (
            f"{in_pulses(stamps.size)} came, {why}: volumes and zero cannot be judged from these pulses. {advice}{on}"
        )
        return replace(found, stray=tuple(stamps.tolist()), sentences=(said,))
    later = [part for part in trains if part.times[0] > train.times[-1]]
    return Reading(found, train, zero, is_by_hand, scan, None if ended else now, ended, before, later).result()


def _of_none(before: int, is_by_hand: bool) -> tuple[str]:
    came = f"No pulse came once the task was ready; {before} came before." if before else "No pulse came."
    return (
        f"{came} Check that the trigger box is on, its cable in, and its code in the site file."
        + " Started by hand, this run does not know when the scan began." * is_by_hand,
    )


def _once(found: PulseTrain, stamps: Times, before: Times, zero_by_hand: float | None, scan: Scan) -> PulseTrain:
    """Judge the pulse of a scanner that sends one for each run."""
    sentences: list[str] = []
    others = stamps[1:]
    is_double = others - stamps[:1] <= scan.tr_s / 2
    correction = None
    if zero_by_hand is not None:
        pulse = float(stamps[0] if stamps.size else before[-1])
        off = pulse - zero_by_hand
        came = f"Zero was set by hand; the scan's pulse came {abs(off):.3f} s {'later' if off > 0 else 'earlier'}"
        came += "." if stamps.size else ", before the task was ready."
        if abs(off) <= FURTHEST_TR * scan.tr_s:
            correction = off
            sentences.append(f"{came} If that pulse was this scan's first, re-zero this run by {off:+.3f} s.")
        else:
            sentences.append(
                f"{came} That is more than {FURTHEST_TR} TR: it is more likely another scan's, and zero is best left."
            )
    elif before.size:
        ago = float(stamps[0] - before[-1])
        sentences.append(
            f"A pulse came before the task was ready, {ago:.3f} s before the one at zero. If that was the scan's, zero "
            "is late: ask when the scan began."
        )
    if others[~is_double].size:
        sentences.append(
            f"{in_pulses(stamps.size)} came, where the protocol expects one for the whole run."
            + " Zero is at the first: check that it was the scan's." * (zero_by_hand is None)
            + " If the scanner sends more, correct pulses under [scan]."
        )
    return replace(
        found,
        doubled=tuple(others[is_double].tolist()),
        stray=tuple(others[~is_double].tolist()),
        zero_correction_s=correction,
        sentences=tuple(sentences),
    )


def _of_several(found: PulseTrain, trains: list[Train], zero: float | None, scan: Scan, ended: bool) -> PulseTrain:
    """Say that the scan was stopped and started again: no one shift of zero can put that right."""
    start = float(trains[0].stamps[0]) if zero is None else zero
    longest = max(trains, key=lambda train: train.index.size)
    per_volume = longest.slices or scan.pulses_per_volume
    each = [f"{in_pulses(train.index.size)} from {train.times[0] - start:.2f} s" for train in trains]
    advice = "Ask what the scanner stored, analyse the volumes of one train only, or perform the run again."
    if not ended:
        advice = "If the scan was started again, end this run and start it again, too."
    return replace(
        found,
        tr_s=longest.interval * per_volume,
        volumes_seen=min(found.volumes_expected, sum(-(-train.index.size // per_volume) for train in trains)),
        trains=tuple((float(train.times[0]), int(train.index.size)) for train in trains),
        sentences=(
            f"{len(trains)} trains of pulses came: {', then '.join(each)}. The scan was stopped and started again, or "
            f"its timing jumped. No one shift of zero puts both right. {advice}",
        ),
    )
