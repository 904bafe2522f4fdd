"""What is said of the pulses that are missing, and of those that came besides the train."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from task.pulses.findings import PulseTrain, in_pulses
from task.pulses.fit import Train, near
from task.pulses.hangs import Hang


def said_of_others(
    found: PulseTrain, closest_s: float, start: float, most_at_once: int, hangs: Sequence[Hang], later: Iterable[Train]
) -> Iterator[str]:
    """Give the sentences, each cause named once: pulses that came in a hang are neither missing nor doubled nor stray.

    Parameters
    ----------
    found : PulseTrain
        What is missing, doubled and stray.
    closest_s, start : float
        The time from one pulse to the next within a volume, and the time that all are said from.
    most_at_once : int
        Pulses in the largest burst.
    hangs, later : sequence of Hang, iterable of Train
        Where the reading program hung, and the trains that began after the run's own.
    """
    missing, doubled, stray = found.missing, found.doubled, found.stray
    for hang in hangs:
        if hang.since is not None:
            yield (
                f"The program that reads the pulses hung for {hang.until - hang.since:.1f} s: {hang.count} pulses have "
                f"one stamp, {_when((hang.until,), start)}. They came; only their times are lost, and no onset depends "
                "on them."
            )
            missing = tuple(time for time in missing if not hang.since < time < hang.until + closest_s / 2)
        doubled, stray = (tuple(time for time in some if not hang.has(time)) for some in (doubled, stray))
    for train in later:
        stray = tuple(time for time in stray if not train.times[0] <= time <= train.times[-1])
        yield f"Another train of {in_pulses(train.index.size)} began {_when((train.times[0],), start)}: not counted."
    if missing:
        strays = np.array(stray)
        moved = sum(near(strays, due, 0.3 * closest_s).size > 0 for due in missing)
        yield (
            f"{in_pulses(len(missing), 'missing ')}, {_when(missing, start)}. Onsets do not depend on them."
            + f" {moved} may have come early or late: a stray is near." * (moved > 0)
        )
    if doubled:
        many = f", up to {most_at_once} in a burst" if most_at_once > 2 else ""
        yield f"{in_pulses(len(doubled), 'doubled ')}{many}, {_when(doubled, start)}: counted once."
    if stray:
        yield (
            f"{in_pulses(len(stray), 'stray ')}, {_when(stray, start)}: not counted. Check what else sends the pulse's "
            "code: a key, a second box, a bad cable."
        )


def _when(times: tuple[float, ...], start: float) -> str:
    first = ", ".join(f"{time - start:.2f}" for time in times[:5])
    return f"at {first}" + f" and {len(times) - 5} more" * (len(times) > 5) + " s"
