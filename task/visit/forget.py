"""Removing one person's data, everywhere that they lie; what could not be removed is looked for and named."""

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from task.computer.files import is_there
from task.record.hand_kept import LeftAlone, amend
from task.record.layout import Dataset, Person
from task.record.lock import locked, tables_locked
from task.record.spare import remove
from task.record.tables import without_rows
from task.visit.traces import COLUMN, Traces, kept_by_git, leads_to, traces_of

_LOCKS = (".lock", ".lock_holder")


def remove_traces(dataset: Dataset, traces: Traces, name: str) -> list[str]:
    """Remove all traces, while nobody can be scanned under this label; go on whatever cannot be removed.

    Nothing outside of the dataset is removed, and nothing that git keeps: what a link leads to may be somebody else's,
    and git-annex would go on to say that it has it.

    Returns
    -------
    list of str
        What is still there of the person, and why, as found out by looking once more.
    """
    kept: dict[Path, str] = {}
    with tables_locked(dataset), ExitStack() as locks:
        for person in _people(dataset, name):
            locks.enter_context(locked(dataset, person))
        for path in (*traces.own, *traces.group):
            kept.update(_removed(path))
        for table in traces.tables:
            kept.update(_without(table, name))
        for copy in traces.copies:
            try:
                remove(copy.path)
            except OSError as error:
                if is_there(copy.path):
                    kept[copy.path] = error.strerror or str(error)
    if os.name == "nt":
        for path in traces.own:
            _remove_locks(path)
    return [f"{path} ({why})" for path, why in (kept | _still_there(dataset.root, traces, name, kept)).items()]


def _people(dataset: Dataset, name: str) -> list[Person]:
    """List the person, as a whole and in each session that has a folder of recordings."""
    folder = dataset.root / "sourcedata" / name
    sessions = [one.name.removeprefix("ses-") for one in sorted(folder.glob("ses-*")) if one.is_dir()]
    label = name.removeprefix("sub-")
    return [Person(label, one) for one in (None, *sessions)] if folder.is_dir() else []


def _removed(path: Path) -> Iterator[tuple[Path, str]]:
    """Remove a file, a link or a folder; give what could not be removed, and why."""
    if path.is_symlink() or not path.is_dir():
        yield from _unlinked(path)
        return
    for folder, folders, files in os.walk(path, topdown=False):
        for name in (*files, *(one for one in folders if Path(folder, one).is_symlink())):
            if name not in _LOCKS or os.name != "nt":  # Windows keeps a lock as long as it is held
                yield from _unlinked(Path(folder, name))
        with suppress(OSError):  # something is still in it
            os.rmdir(folder)


def _unlinked(path: Path) -> Iterator[tuple[Path, str]]:
    try:
        try:
            path.unlink(missing_ok=True)
        except PermissionError:  # as in a folder that git-annex has locked
            path.parent.chmod(path.parent.stat().st_mode | stat.S_IRWXU)
            path.unlink()
    except OSError as error:
        yield path, error.strerror or str(error)


def _without(table: Path, name: str) -> Iterator[tuple[Path, str]]:
    try:
        amend(table, lambda content: without_rows(content, COLUMN, name))
    except (LeftAlone, OSError) as error:
        yield table, f"the person's rows: {error}"


def _remove_locks(path: Path) -> None:
    for folder, _, _ in os.walk(path, topdown=False):
        with suppress(OSError):  # not empty: what is left in it is named
            for name in _LOCKS:
                Path(folder, name).unlink(missing_ok=True)
            os.rmdir(folder)


def _still_there(root: Path, before: Traces, name: str, known: dict[Path, str]) -> dict[Path, str]:
    """Look what is left of a person after all, beyond what is known of."""
    after = traces_of(root, name)
    left = {path: "it is still there" for path in (*after.own, *after.tables, *after.group)}
    left |= {copy.path: "it is still there" for copy in after.copies}
    left = {path: why for path, why in left.items() if not any(path in (one, *one.parents) for one in known)}
    others = leads_to(root) if before.links else set()
    for link, target in before.links.items():
        if is_there(target) and target not in others and not is_there(link):
            left[target] = _why_behind(link, target, root)
    return left | after.out_of_reach | kept_by_git(root, name)


def _why_behind(link: Path, target: Path, root: Path) -> str:
    """Say of what a link led to why it is still there."""
    if ".git" in target.parts:
        key = f"`git annex dropkey --force {target.name}`" if "annex" in target.parts else "git"
        return f"what the link {link} led to; it is git-annex's to remove: {key}"
    where = "in the dataset by another name" if root.resolve() in target.parents else "outside of the dataset"
    return f"what the link {link} led to, {where}"
