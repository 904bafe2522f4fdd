"""What a dataset says of itself: its description, its README and its table of participants.

People edit these files: authors, a licence, the age of each participant. So a description or a README that is there
is left alone, and in the table only this task's own columns are filled in: see ``task.record.hand_kept``.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from task.computer.files import as_json, is_there, write_if_absent
from task.computer.quoting import for_tsv
from task.export.hed import HED_VERSION
from task.record.hand_kept import LeftAlone, amend
from task.record.kinds.head import Head
from task.record.layout import ROOT, Dataset
from task.record.lock import LockedError, tables_locked
from task.record.members import with_members
from task.record.tables import with_row

BIDS_VERSION = "1.10.0"
_PARTICIPANTS = {
    "participant_id": {"Description": "Label of the participant"},
    "order_index": {
        "Description": "Place in the counterbalancing, which gives the Deciders their avatars and their sides"
    },
    "avatar_set": {"Description": "Set of avatars that the participant picked"},
    "protocol": {"Description": "Protocol of the session, by its name"},
}
README = """\
{name}
{line}

Made by the decider task, an fMRI task about being chosen and being ranked: on each trial the participant
chooses between two Deciders, learns whether the chosen one had room (match) and, from some of them, how highly
it ranked the participant (rank), and after a match keeps or splits points. The Deciders are computer-generated.

sub-*/func/*_events.tsv
    One row for each event of a run, and a .json beside it that describes each column. Times are in seconds.
    Time zero is the pulse of the first stored volume, so that onsets fit the image as it was stored. Onsets and
    durations are those of the screen's flips as they happened; planned_onset and planned_duration are what was
    meant. Fixation is no event, and neither is a choice or share that an early end cut off before it was answered
    or missed. What is missing is n/a. The .json says, with n/a for what nobody has measured,
    - what about a run is not real: EmulatedScanner, VirtualTime, SimulatedParticipant;
    - whether and why it ended early: RunIsComplete, RunEnd;
    - TimeZero: "pulse", or "manual_start", whose onsets are not tied to the scanner; TimeZeroMovedBy (seconds) and
      TimeZeroMovedBecause: whether somebody moved it after the run, as when the first pulse was missed, and why;
    - FramesPacedBy: "display" (each flip waited for the screen: FlipsWaitForDisplay is true), "software" (it did
      not, so that a picture may have appeared a frame or more after its onset) or "virtual time" (nothing was shown);
    - MeasuredRefreshRate (Hz), and MeasuredDisplayLag (seconds from flip to light; no onset is shifted by it);
    - DroppedFrames: how many frames came late by more than half a frame, as far as the program could see;
    - PulsesBeforeZero and PulsesSinceZero, time zero's own among the latter: what arrived. ScannerPulses
      ("every_volume", "every_slice", "first_only"), PulsesPerVolume and VolumesPlanned: what was expected;
    - how long the participant's buttons take to arrive is not in it, as the program cannot know it.
sourcedata/
    The plan of each participant, and the journal of every attempt at a run: all that was recorded. Keep these
    safe: everything else can be made again from them. If a run was attempted several times, func/ holds the
    latest complete attempt, or else the latest; the events of the others lie beside their journals.
derivatives/onsets/
    Onset files for analysis packages, made from the events: PACKAGE/GLM/sub-*, with a README beside them that says
    what was left out and why, and how to go on.

Still to be filled in, by whoever shares these data: authors and licence, in dataset_description.json. What stands in
that file, in this one, and in further columns of participants.tsv is not overwritten.

To make the events and the onset files again from the journals:

    .venv/bin/python run_session.py export --data FOLDER_OF_THIS_DATASET

The .json tags the events with HED (Hierarchical Event Descriptors), so that tools can find them across datasets.

Slice timing: onsets are never shifted. If it was corrected to the middle of the volume, as fMRIPrep does by
default, half a TR lies between packages; the README beside the onset files says what each of them needs.
"""


class InShort(NamedTuple):
    """What a dataset's own files say of a run, from its journal's head."""

    order_index: int
    avatar_set: str
    protocol: str
    virtual: bool
    emulated: bool


def in_short(head: Head) -> InShort:
    """Give what a dataset's own files say of a run."""
    return InShort(head.order_index, head.avatar_set, head.protocol["name"], head.virtual, head.emulated)


def kind_of(heads: Iterable[Head | InShort]) -> str:
    """Say in a word or two how real the runs are, by their journals' heads: the least real decides."""
    heads = list(heads)
    if any(head.virtual for head in heads):
        return "simulated"
    if any(head.emulated for head in heads):
        return "pilot with an emulated scanner"
    return "study"


def describe_dataset(dataset: Dataset, heads: list[InShort]) -> None:
    """Write what a dataset and its onset files say of themselves, where they do not say it yet."""
    name = f"Decider task: {kind_of(heads)}"
    put_description(dataset.root, name, "raw", HEDVersion=HED_VERSION)
    if not any(is_there(dataset.root / f"README{ending}") for ending in ("", ".md", ".rst", ".txt")):
        write_if_absent(dataset.root / "README", README.format(name=name, line="=" * len(name)))
    put_description(dataset.root / "derivatives" / "onsets", f"{name}, onset files", "derivative")


def put_description(folder: Path, name: str, dataset_type: str, **more: str) -> None:
    """Write a ``dataset_description.json``, unless there is one."""
    description = {
        "Name": name,
        "BIDSVersion": BIDS_VERSION,
        **more,
        "DatasetType": dataset_type,
        "GeneratedBy": [{"Name": "decider-task", "Version": _version()}],
    }
    write_if_absent(folder / "dataset_description.json", as_json(description))


def put_participants(dataset: Dataset, heads: Mapping[str, Sequence[InShort]]) -> list[str]:
    """Fill in participants' rows of ``participants.tsv``; all that others have put there stays.

    Parameters
    ----------
    dataset : Dataset
        The dataset.
    heads : mapping of str to sequence of InShort
        By participant, the heads of the journals of all sessions; values that differ between them are all given.

    Returns
    -------
    list of str
        What to tell the operator: a file that somebody left in a state in which it is not sure what belongs where is
        not touched.
    """
    rows = []
    for participant, ours in heads.items():
        row = {
            "order_index": _all_of(head.order_index for head in ours),
            "avatar_set": _all_of(head.avatar_set for head in ours),
            "protocol": _all_of(head.protocol for head in ours),
        }
        rows.append({"participant_id": f"sub-{participant}", **row})
    table, described = dataset.root / "participants.tsv", dataset.root / "participants.json"
    told: list[str] = []
    refused: dict[str, list[str]] = {}

    def put_in(content: bytes) -> bytes:
        for row in rows:
            try:
                content = with_row(content, "participant_id", row, lambda said: told.append(f"{table}: {said}"))
            except LeftAlone as why:
                refused.setdefault(str(why), []).append(row["participant_id"])
        return content

    try:
        with tables_locked(dataset):
            try:
                amend(table, put_in)
            except LeftAlone as why:
                told, refused = [], {str(why): [row["participant_id"] for row in rows]}
            told += [f"{table} was left as it is, without {', '.join(who)}: {why}" for why, who in refused.items()]
            amend(described, lambda content: with_members(content, _PARTICIPANTS, theirs_count=True))
    except LeftAlone as why:
        told.append(f"{described} was left as it is: {why}")
    except (LockedError, OSError) as error:
        told.append(f"{table} and {described.name} were left as they are: {error}")
    return list(dict.fromkeys(told))


def _all_of(values: Iterable[Any]) -> str:
    return for_tsv(", ".join(dict.fromkeys(map(str, values))))


@lru_cache(maxsize=1)
def _version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
