"""The JSON file beside an events table: what its columns mean, how well they were timed, and what is not real."""

import math
from fractions import Fraction
from typing import Any

from task.export.hed import tagged
from task.plan.plan import Plan, RunPlan
from task.record.columns import COLUMNS
from task.record.correction import corrected_zero, correction_of
from task.record.kinds.head import Head, head_in
from task.record.kinds.marks import End, Zero
from task.record.kinds.screen import Display, Dropped
from task.record.layout import TASK
from task.record.records import Record, first, of_kind
from task.record.strokes import pulse_times

Json = dict[str, Any]

_SAME_S = 0.005  # a correction is given to the millisecond


def sidecar_of(records: list[Record]) -> Json:
    """Describe the events of an attempt.

    Parameters
    ----------
    records : list of Record
        The journal's records, with a zero among them.

    Returns
    -------
    dict
        What BIDS asks for, then the task's own keys: what was emulated or simulated, and what the timing was worth.
    """
    head, end, display = head_in(records), first(records, End), first(records, Display)
    cause = end.cause if end else "cut off"
    return {
        "TaskName": TASK,
        "StimulusPresentation": _presentation(head, display),
        "EmulatedScanner": head.emulated,
        "VirtualTime": head.virtual,
        "SimulatedParticipant": head.simulated_participant is not None,
        **_timing(records, display),
        "RunIsComplete": cause == "complete",
        "RunEnd": cause,
        "Attempt": head.attempt,
        "PlanVersion": head.version,
        "PlanDigest": head.plan_digest,
        "Protocol": head.plan.protocol.name,
        "Seed": head.seed,
        "Site": head.site["name"],
        "CodeCommit": head.git["commit"] or "n/a",
        "CodeIsAsCommitted": _is_as_committed(head),
        **_columns(head.plan),
    }


def simulated_sidecar(records: list[Record]) -> Json:
    """Describe the events of a plan as a simulated participant performed it."""
    settings = head_in(records).simulated_participant or {}
    who = ", ".join(f"{key} {value}" for key, value in settings.items())
    return {
        **sidecar_of(records),
        "Planned": True,
        "PlannedNote": f"The plan as performed by a simulated participant ({who}); nobody was recorded.",
    }


def planned_sidecar(plan: Plan, run: RunPlan) -> Json:
    """Describe the planned events of a run."""
    return {
        "TaskName": TASK,
        "Planned": True,
        "PlannedNote": "Planned, not recorded: each trial as it goes after a match; nobody has chosen anything yet.",
        "PlanVersion": run.version,
        "PlanDigest": plan.digest,
        "Protocol": plan.protocol.name,
        "Seed": plan.seed,
        **_columns(plan),
    }


def _presentation(head: Head, display: Display | None) -> Json:
    screen, machine = head.site["display"], head.machine
    presentation = {
        "OperatingSystem": f"{machine['system']} {machine['release']}",
        "ScreenDistance": _metres(screen["distance_cm"]),
        "ScreenRefreshRate": display.refresh_hz if display else screen["refresh_hz"],
        "ScreenResolution": (display.size_px if display else None) or screen["size_px"],
        "ScreenSize": [_metres(screen["width_cm"]), _metres(screen["height_cm"])],
        "SoftwareName": "PsychoPy",
        "SoftwareRRID": "RRID:SCR_006571",
        "SoftwareVersion": head.versions.get("psychopy-lib", "n/a"),
    }
    if _is_as_committed(head):
        # a git commit's persistent identifier, wherever its repository lies
        presentation["Code"] = f"swh:1:rev:{head.git['commit']}"
    return presentation


def _timing(records: list[Record], display: Display | None) -> Json:
    """Say what the timing was worth; what nobody has measured is n/a."""
    head, zero = head_in(records), first(records, Zero)
    scan, flips_wait = head.plan.protocol.scan, display.flips_wait if display else None
    pulses, at, correction = pulse_times(records), corrected_zero(records), correction_of(records)
    since_zero = 0 if at is None else sum(t > at - _SAME_S for t in pulses)
    # without a wait for its frames, what a display was paced at is the site's nominal rate
    measured_hz = display.refresh_hz if display and flips_wait else "n/a"
    return {
        "TimeZero": zero.source if zero else "n/a",
        "TimeZeroMovedBy": correction.by_s if correction else 0.0,
        "TimeZeroMovedBecause": correction.reason if correction else "n/a",
        "FramesPacedBy": display.paced_by if display else "n/a",
        "FlipsWaitForDisplay": "n/a" if flips_wait is None else flips_wait,
        "MeasuredRefreshRate": measured_hz,
        "MeasuredDisplayLag": head.site["display"]["measured_lag_s"] or "n/a",
        "DroppedFrames": len(of_kind(records, Dropped)),
        "ScannerPulses": scan.pulses,
        "PulsesPerVolume": scan.pulses_per_volume,
        "PulsesBeforeZero": len(pulses) - since_zero,
        "PulsesSinceZero": since_zero,
        "VolumesPlanned": _volumes_planned(head),
    }


def _volumes_planned(head: Head) -> int:
    """Give the volumes of a run: as the protocol says, or as many as cover it."""
    scan = head.plan.protocol.scan
    length_s = Fraction(head.planned.length, head.ticks_per_s)
    return scan.volumes or math.ceil(length_s / Fraction(str(scan.tr_s)))


def _is_as_committed(head: Head) -> bool:
    return bool(head.git["commit"]) and head.git["changed"] == ""


def _metres(centimetres: float) -> float:
    return round(centimetres / 100, 6)


def _columns(plan: Plan) -> Json:
    """Describe the columns, with the plan's Deciders and their types as levels."""
    described = {column.name: column.to_sidecar() for column in COLUMNS}
    described["type"]["Levels"] = {
        one.name: f"Mean rank {one.mean_rank:g} (1 is best), mean number of spots {one.mean_spots:g}"
        for one in plan.protocol.deciders.types
    }
    deciders = {one.id: f"{one.type}, {one.kind}" for one in plan.deciders}
    for name in ("left", "right", "decider"):
        described[name]["Levels"] = deciders
    return tagged(described)
