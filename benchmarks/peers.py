"""What the peers reached at the same work, as measured for this project on a 2-core machine, November 2026.

Each was given 120 s, 25 trials (101 onsets), 60 pulses of 10 ms and one answer a trial, in a real window under Xvfb
with flips held to 59.95 Hz, and was watched by the same kind of photodiode. Where several runs gave a range, it is
written down whole, and ratios take the end that is better for the peer. Medians are signed: minus is too early.
"""

from dataclasses import dataclass

Range = tuple[float, ...]
"""One figure, or the lowest and the highest of several runs."""


@dataclass(frozen=True)
class Peer:
    """One peer's figures; times in ms unless the name says otherwise."""

    name: str
    logged_median: Range
    logged_95: Range
    logged_worst: Range
    drift_ms_per_min: Range
    screen_median: Range
    screen_95: Range
    pulses: Range
    pulse_median: Range | None
    pulse_95: Range | None
    response_median: Range
    response_95: Range
    processor_s: Range
    memory_mb: Range
    start_s: Range


PEERS = (
    Peer(
        "PsychoPy Builder",
        (25,), (35,), (47,), (0, 2), (28,), (38,), (35, 60), (0.5,), (2.0,), (-3, -1), (7,), (24, 28), (366,), (5,),
    ),
    Peer(
        "PsychoPy core.wait",
        (786,), (1502,), (1584,), (804,), (785,), (1498,), (60,), (3.7,), (10.5,), (6,), (11,), (12.5,), (359,), (5.4,),
    ),
    Peer(
        "exptools2",
        (6.5,), (17,), (42,), (-2, 0), (6, 13), (14, 22), (60,), (8, 9), (16, 19), (2, 8), (13, 16), (27,), (537,),
        (9, 12),
    ),
    Peer(
        "task_stimuli",
        (-4, -0.3), (11,), (203,), (-7, -4), (8, 14), (16, 22), (1,), None, None, (-2, -1), (3, 6), (21, 25), (370,),
        (6,),
    ),
    Peer(
        "psyflow",
        (354,), (913,), (951,), (527,), (354,), (914,), (1,), None, None, (-3,), (9,), (27,), (400,), (8,),
    ),
    Peer(
        "expyriment",
        (23,), (36,), (50,), (-1,), (23,), (34,), (59,), (0.8,), (1.3,), (0,), (4.5,), (116,), (206,), (1.3,),
    ),
)  # fmt: skip
