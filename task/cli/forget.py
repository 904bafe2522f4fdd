"""``forget``: remove one person's data, everywhere that they lie."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from task.cli.requests import RequestError
from task.record.files import write_safely
from task.record.layout import ROOT, Dataset, checked_label
from task.record.lock import locked
from task.record.spare import Spare, left_behind, remove

_COLUMN = "participant_id"


@dataclass(frozen=True)
class _Traces:
    """Where a person's data lie: folders and files of their own, rows of tables, and copies left behind by a run."""

    folders: list[Path]
    files: list[Path]
    tables: list[Path]
    copies: list[Spare]

    @property
    def places(self) -> list[str]:
        """All of it in words, for the operator."""
        folders = [f"{folder} ({sum(one.is_file() for one in folder.rglob('*'))} files)" for folder in self.folders]
        tables = [f"{table} (the person's rows)" for table in self.tables]
        return [*folders, *map(str, self.files), *tables, *(str(copy.path.parent) for copy in self.copies)]


def forget(*, participant: str, data: Path | None, sure: bool) -> int:
    """Remove a participant from a dataset, after asking: all sessions, all that was made of them, and any copies."""
    label = checked_label("participant", participant)
    dataset = Dataset(data or ROOT / "data" / "study")
    traces = _traces(dataset.root, f"sub-{label}")
    if not traces.places:
        raise RequestError(f"{dataset.root} holds nothing of sub-{label}. Is it in another folder (--data)?")
    print(f"To be removed for good, all of sub-{label}:")
    for place in traces.places:
        print(f"    {place}")
    print("Backups, and copies made by hand, are yours to remove.")
    if not sure:
        _ask(label)
    for person in dataset.people():
        if person.participant == label:
            with locked(dataset, person):  # refuses if somebody is being scanned under this label just now
                pass
    for copy in traces.copies:
        remove(copy.path)
    for path in traces.files:
        path.unlink()
    for folder in traces.folders:
        shutil.rmtree(folder)
    for table in traces.tables:
        write_safely(table, _without(table.read_bytes(), f"sub-{label}"))
    print(f"sub-{label} was removed from {dataset.root}.")
    return 0


def _traces(root: Path, name: str) -> _Traces:
    folders = [path for path in sorted(root.rglob(name)) if path.is_dir()]
    inside = set(folders)
    files = [one for one in sorted(root.rglob(f"{name}_*")) if one.is_file() and not inside & set(one.parents)]
    others = [path for path in sorted(root.rglob("*.tsv")) if not inside & set(path.parents)]
    tables = [path for path in others if _without(path.read_bytes(), name) != path.read_bytes()]
    home = root.resolve() / "sourcedata" / name
    return _Traces(folders, files, tables, [copy for copy in left_behind() if home in copy.home.parents])


def _without(table: bytes, name: str) -> bytes:
    """Give a table without a person's rows, its other bytes as they are."""
    header, *lines = table.splitlines(keepends=True) or [b""]
    columns = header.decode("utf-8-sig", errors="replace").rstrip("\r\n").split("\t")
    if _COLUMN not in columns:
        return table
    at = columns.index(_COLUMN)
    kept = [line for line in lines if line.rstrip(b"\r\n").split(b"\t")[at : at + 1] != [name.encode()]]
    return b"".join([header, *kept])


def _ask(label: str) -> None:
    """Ask for the label once more, as this cannot be undone."""
    if not sys.stdin.isatty():
        raise RequestError("there is no terminal to ask in, and nothing was removed. If you are sure, add --sure")
    try:
        answer = input(f"This cannot be undone. Type {label} to go on: ").strip()
    except EOFError:
        answer = ""
    if answer != label:
        raise RequestError(f"the answer was {answer!r}: nothing was removed")
