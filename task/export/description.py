"""What a dataset says of itself: its description, its README and its table of participants.

People edit these files: authors, a licence, the age of each participant. So a description or a README that is there
is left alone, and in the table only this task's own columns are filled in.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from task.computer.files import as_json, read_if_there, write_if_absent, write_text
from task.export.hed import HED_VERSION
from task.record.journal import Record
from task.record.layout import ROOT, Dataset

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


def kind_of(heads: Iterable[Record]) -> str:
    """Say in a word or two how real the runs are, by their journals' heads: the least real decides."""
    heads = list(heads)
    if any(head["virtual"] for head in heads):
        return "simulated"
    if any(head["emulated"] for head in heads):
        return "pilot with an emulated scanner"
    return "study"


def in_short(head: Record) -> Record:
    """Give what a dataset's own files say of a run, from its journal's head."""
    kept = ("order_index", "avatar_set", "virtual", "emulated")
    return {**{key: head[key] for key in kept}, "protocol": {"name": head["protocol"]["name"]}}


def describe_dataset(dataset: Dataset, heads: list[Record]) -> None:
    """Write what a dataset and its onset files say of themselves, where they do not say it yet."""
    name = f"Decider task: {kind_of(heads)}"
    put_description(dataset.root, name, "raw", HEDVersion=HED_VERSION)
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


def put_participants(dataset: Dataset, heads: Mapping[str, Sequence[Record]]) -> list[str]:
    """Fill in participants' rows of ``participants.tsv``; all that others have put there stays.

    Parameters
    ----------
    dataset : Dataset
        The dataset.
    heads : mapping of str to sequence of dict
        By participant, the heads of the journals of all sessions; values that differ between them are all given.

    Returns
    -------
    list of str
        What to tell the operator: a file that somebody left in a state that cannot be read is not touched.
    """
    rows = []
    for participant, ours in heads.items():
        row = {column: _all_of(head[column] for head in ours) for column in ("order_index", "avatar_set")}
        protocol = _all_of(head["protocol"]["name"] for head in ours)
        rows.append({"participant_id": f"sub-{participant}", **row, "protocol": protocol})
    notes = []
    table, described = dataset.root / "participants.tsv", dataset.root / "participants.json"
    try:
        write_text(table, _with_rows(read_if_there(table), rows))
    except ValueError as error:
        names = ", ".join(row["participant_id"] for row in rows)
        notes.append(f"{table} was left as it is, without {names}, as it cannot be read: {error}")
    try:
        write_text(described, as_json({**_PARTICIPANTS, **_json_object(read_if_there(described) or "{}")}))
    except ValueError as error:
        notes.append(f"{described} was left as it is, as it cannot be read: {error}")
    return notes


def _json_object(text: str) -> dict[str, Any]:
    content = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError("it holds no JSON object")
    return content


def _all_of(values: Iterable[Any]) -> str:
    return ", ".join(dict.fromkeys(map(str, values)))


def _with_rows(text: str, ours: list[dict[str, str]]) -> str:
    """Put rows into a table, or into their places there; rows are sorted by participant."""
    header, *lines = [line.split("\t") for line in text.splitlines() if line.strip()] or [list(ours[0])]
    if "participant_id" not in header:
        raise ValueError("it has no column participant_id, or its columns are not parted by tabs")
    for cells in lines:
        if len(cells) != len(header):
            raise ValueError(f"the line of {cells[0]} has {len(cells)} columns, and the header {len(header)}")
    rows = {cells[header.index("participant_id")]: dict(zip(header, cells, strict=True)) for cells in lines}
    for row in ours:
        rows[row["participant_id"]] = rows.get(row["participant_id"], {}) | row
    columns = list(dict.fromkeys([*header, *ours[0]]))
    table = [columns, *([rows[one].get(column, "n/a") for column in columns] for one in sorted(rows))]
    return "".join("\t".join(cells) + "\n" for cells in table)


@lru_cache(maxsize=1)
def _version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
