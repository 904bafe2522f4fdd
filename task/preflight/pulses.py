"""The scanner's pulses: five of them, and what they say of TR, slices, doubles and gaps."""

import time
from collections.abc import Iterator, Sequence

import numpy as np

from task.config.scan import Scan
from task.preflight.results import Result, failed, not_asked, passed, warned
from task.preflight.room import NOTHING_TO_DO, Room
from task.pulses.train import SILENCE_TR, understand

WANTED = 5
_NAME = "pulses"


def pulses(room: Room) -> Iterator[Result]:
    """Listen to the scanner until five pulses have come."""
    codes, scan = room.site.strokes.pulse, room.protocol.scan
    if not codes:
        yield warned(_NAME, "this site has none: every run starts by hand", "Name the trigger's code under [strokes].")
    elif room.site.is_emulated:
        yield not_asked(_NAME, "the scanner is emulated: nothing to measure")
    elif why := room.why_not_asked("pulse"):
        yield not_asked(_NAME, why)
    else:
        wanted = 1 if scan.pulses == "first_only" else WANTED
        room.ask(
            NOTHING_TO_DO,
            f"Start the scanner, or its trigger's test: waiting for {' or '.join(codes)}, {wanted} time"
            f"{'s' * (wanted > 1)}. ({room.time_limit_s:g} s for the first)",
        )
        yield what_pulses_say(_listen(room, wanted), scan, room.protocol.volumes)


def _listen(room: Room, wanted: int) -> list[float]:
    """Give the stamps of enough pulses, of one too many, or of those that came before a silence."""
    times: list[float] = []
    scan, since = room.protocol.scan, time.perf_counter()
    enough_s = (wanted - 1.5) * scan.tr_s  # so many volumes, and not as many doubles or slices of fewer
    while True:
        times += [stroke.time for stroke in room.listen() if room.meaning(stroke) == "pulse"]
        silence = time.perf_counter() - (times[-1] if times else since)
        is_over = wanted == 1 and times and (silence > SILENCE_TR * scan.tr_s or times[-1] > times[0] + scan.tr_s / 2)
        is_enough = wanted > 1 and len(times) >= wanted and times[-1] - times[0] >= enough_s
        if is_over or is_enough or silence > max(room.time_limit_s, SILENCE_TR * scan.tr_s * bool(times)):
            return times


def what_pulses_say(times: Sequence[float], scan: Scan, volumes: int) -> Result:
    """Judge the first pulses of a scan against the protocol.

    Parameters
    ----------
    times : sequence of float
        Their stamps in seconds, in order.
    scan, volumes : Scan, int
        What the protocol says.
    """
    count = len(times)
    if not count:
        return failed(
            _NAME,
            "no pulse came",
            "Check that the scanner runs, the trigger box is on and its cable in. If its code stands under other "
            "strokes, write that as pulse under [strokes] of the site file.",
        )
    if scan.pulses == "first_only":
        if count == 1:
            return passed(_NAME, "one came, and no other: as the protocol says, once for each run")
        advice = 'Set pulses = "every_volume" or "every_slice" under [scan] of the protocol.'
        return failed(_NAME, f"{count} came, where the protocol expects one for the whole run", advice, count=count)
    if count < WANTED:
        advice = "Let the scanner run on; check the trigger's cable, and whether it pulses for every volume."
        return failed(_NAME, f"only {count} of {WANTED} came", advice, count=count)
    gaps = np.diff(times)
    middle = float(np.median(gaps))
    if np.abs(gaps - middle).max() <= max(0.1 * middle, min(0.02, 0.3 * middle)):
        return _of_an_even_train(count, float(np.mean(gaps)), scan)
    train = understand(times, None, scan, volumes, ended=False)
    if train.tr_s is not None and not train.sentences and _fits(train.tr_s, scan.tr_s, count):
        each = f", {scan.pulses_per_volume} for each volume and then a pause"
        return passed(_NAME, f"{count} came{each}: measured TR {train.tr_s:.3f} s", count=count, tr_s=train.tr_s)
    said = " ".join(train.sentences) or "they come unevenly"
    only_doubled = len(train.doubled) and not train.missing and not train.stray and _fits(train.tr_s, scan.tr_s, count)
    if only_doubled:
        advice = "Each counts once. Set the trigger box to send one pulse, if it can."
        return warned(_NAME, f"{count} came, measured TR {train.tr_s:.3f} s. {said}", advice, tr_s=train.tr_s)
    advice = "Check the trigger's cable, what else sends its code, and the protocol's [scan]; then check again."
    return failed(_NAME, f"{count} came. {said}", advice, count=count, tr_s=train.tr_s)


def _of_an_even_train(count: int, interval: float, scan: Scan) -> Result:
    """Compare the interval of a regular train with the protocol's."""
    per_volume = scan.pulses_per_volume
    measured = f"{count} came, one every {interval:.3f} s"
    facts = {"count": count, "interval_s": interval, "tr_s": interval * per_volume}
    if _fits(interval, scan.tr_s / per_volume, count):
        each = "" if per_volume == 1 else f", {per_volume} for each volume"
        return passed(_NAME, f"{measured}{each}: measured TR {interval * per_volume:.3f} s", **facts)
    says = f"the protocol says {scan.tr_s:g} s" + f" with {per_volume} pulses each" * (per_volume > 1)
    in_a_volume = round(scan.tr_s / interval)
    if in_a_volume > 1 and abs(scan.tr_s / interval / in_a_volume - 1) < 0.02:
        found = f"{measured}: that is {in_a_volume} in each TR of {scan.tr_s:g} s; {says}"
        advice = (
            f'If the scanner pulses for each slice, set pulses = "every_slice" and pulses_per_volume = {in_a_volume} '
            f"under [scan] of the protocol; if TR is {interval:.3f} s, correct tr_s."
        )
    elif per_volume > 1 and _fits(interval, scan.tr_s, count):
        found = f"{measured}: one for each volume; {says}"
        advice = 'Set pulses = "every_volume" under [scan] of the protocol, without pulses_per_volume.'
    else:
        found = f"{measured}: measured TR {interval * per_volume:.3f} s; {says}"
        advice = "Compare with the scanner's sequence, and correct tr_s under [scan] of the protocol, or the sequence."
    return failed(_NAME, found, advice, **facts)


def _fits(measured: float | None, expected: float, count: int) -> bool:
    """Whether two intervals agree within a hundredth and the stamps' own error."""
    return measured is not None and abs(measured - expected) <= 0.01 * expected + 0.02 / (count - 1)
