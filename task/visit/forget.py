"""Removing one person's data, everywhere that they lie."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from task.computer.files import write_safely
from task.model.derivatives import group_results
from task.record.layout import Dataset, Person
from task.record.lock import locked
from task.record.spare import Spare, left_behind, remove

_COLUMN = "participant_id"
_SMALL = 2_000_000


@dataclass(frozen=True)
class Traces:
    """Where a person's data lie: folders and files of their own, rows of tables, and copies left behind by a run."""

    folders: list[Path]
    files: list[Path]
    tables: list[Path]
    copies: list[Spare]
    group: list[Path]  # results of a group that the person belongs to

    @property
    def places(self) -> list[str]:
        """All of it in words, for the operator."""
        folders = [f"{folder} ({sum(one.is_file() for one in folder.rglob('*'))} files)" for folder in self.folders]
        tables = [f"{table} (the person's rows)" for table in self.tables]
        group = [f"{path} (of a group that the person belongs to)" for path in self.group]
        return [*folders, *map(str, self.files), *tables, *(str(copy.path.parent) for copy in self.copies), *group]


def _people(dataset: Dataset, name: str) -> list[Person]:
    """List the person, as a whole and in each session that has a folder of recordings."""
    folder = dataset.root / "sourcedata" / name
    sessions = [one.name.removeprefix("ses-") for one in sorted(folder.glob("ses-*")) if one.is_dir()]
    label = name.removeprefix("sub-")
    return [Person(label, one) for one in (None, *sessions)] if folder.is_dir() else []


def remove_traces(dataset: Dataset, traces: Traces, name: str) -> list[str]:
    """Remove all traces, while nobody can be scanned under this label; give what could not be removed, and go on."""
    with ExitStack() as locks:
        for person in _people(dataset, name):
            locks.enter_context(locked(dataset, person))
        kept = [*_removed(traces, name)]
    for folder in traces.folders:  # Windows leaves the lock, as long as it is held
        shutil.rmtree(folder, ignore_errors=True)
    return kept


def _removed(traces: Traces, name: str) -> Iterator[str]:
    actions: list[tuple[Path, Callable[[], object]]] = [
        *((folder, partial(_remove_folder, folder)) for folder in traces.folders),
        *((path, path.unlink) for path in (*traces.files, *traces.group)),
        *((table, partial(_remove_rows, table, name)) for table in traces.tables),
        *((copy.path, partial(remove, copy.path)) for copy in traces.copies),
    ]
    for path, action in actions:
        try:
            action()
        except OSError as error:
            yield f"{path} ({error.strerror or error})"


def _remove_folder(folder: Path) -> None:
    if folder.is_symlink():  # only the link is ours
        folder.unlink()
        return
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            with suppress(OSError):  # a lock is still in it
                path.rmdir()
        elif path.name != ".lock":
            path.unlink()
    with suppress(OSError):
        folder.rmdir()


def _remove_rows(table: Path, name: str) -> None:
    write_safely(table, _without(table.read_bytes(), name))


def traces_of(root: Path, name: str) -> Traces:
    """Find all that a dataset, and copies left behind by its runs, hold of a person (``sub-01``)."""
    own = [path for path in sorted(root.rglob(f"*{name}*")) if re.match(rf"\.?{name}(?![A-Za-z0-9])", path.name)]
    folders = [path for path in own if path.is_dir()]
    inside = set(folders)
    files = [path for path in own if not path.is_dir() and not inside & set(path.parents)]
    outer = [folder for folder in folders if not inside & set(folder.parents)]
    others = [path for path in sorted(root.rglob("*.tsv")) if not inside & set(path.parents) and path not in files]
    tables = [path for path in others if _without(path.read_bytes(), name) != path.read_bytes()]
    home = root.absolute() / "sourcedata" / name
    copies = [copy for copy in left_behind() if home in copy.home.parents]
    fitted = root / "derivatives" / "model" / "fit.tsv"  # who has no row in it is in no result of the group
    is_in_group = (fitted in tables or not fitted.exists()) and bool(own or tables or copies)
    group = group_results(root) if is_in_group else []
    return Traces(outer, files, tables, copies, group)


def files_that_name(root: Path, name: str) -> list[Path]:
    """List other small files whose text has the label: of other tools, or made by hand."""
    found = []
    for path in sorted(root.rglob("*")):
        is_small = path.is_file() and path.stat().st_size < _SMALL
        if is_small and re.search(rf"{name}(?![A-Za-z0-9])".encode(), path.read_bytes()):
            found.append(path)
    return found


def _without(table: bytes, name: str) -> bytes:
    """Give a table without a person's rows, its other bytes as they are."""
    header, *lines = table.splitlines(keepends=True) or [b""]
    columns = header.decode("utf-8-sig", errors="replace").rstrip("\r\n").split("\t")
    if _COLUMN not in columns:
        return table
    at = columns.index(_COLUMN)
    kept = [line for line in lines if line.rstrip(b"\r\n").split(b"\t")[at : at + 1] != [name.encode()]]
    return b"".join([header, *kept])
