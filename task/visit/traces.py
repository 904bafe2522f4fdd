"""Finding one person's data, everywhere that they lie: in a dataset, behind its links, in what git keeps of it."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from task.computer.files import content_if_there, is_there, is_unfetched
from task.model.derivatives import group_results
from task.record.hand_kept import LeftAlone
from task.record.spare import Spare, left_behind
from task.record.tables import without_rows

COLUMN = "participant_id"
_SMALL = 2_000_000


@dataclass(frozen=True)
class Traces:
    """Where a person's data lie.

    Attributes
    ----------
    own : list of Path
        Files, folders and links that are named after the person, each with all that is in it.
    tables : list of Path
        Tables that have rows of the person.
    group : list of Path
        Results of a group that the person belongs to.
    copies : list of Spare
        Copies of journals that runs have left behind.
    links : dict of Path to Path
        What links among, or in, ``own`` lead to, as far as it is there, by link.
    out_of_reach : dict of Path to str
        What is not to be touched, or cannot be looked into, and why.
    """

    own: list[Path]
    tables: list[Path]
    group: list[Path]
    copies: list[Spare]
    links: dict[Path, Path]
    out_of_reach: dict[Path, str]

    @property
    def places(self) -> list[str]:
        """All that can be removed, in words, for the operator."""
        own = [f"{path} ({_count(path)})" if _is_folder(path) else str(path) for path in self.own]
        tables = [f"{table} (the person's rows)" for table in self.tables]
        group = [f"{path} (of a group that the person belongs to)" for path in self.group]
        return [*own, *tables, *(str(copy.path.parent) for copy in self.copies), *group]


def traces_of(root: Path, name: str) -> Traces:
    """Find all that a dataset, and copies left behind by its runs, hold of a person (``sub-01``)."""
    out_of_reach: dict[Path, str] = {}
    own: list[Path] = []
    tables: list[Path] = []
    for path in _below(root, name, out_of_reach):
        try:
            if not (_is_of(name, path) or _is_left_unfinished(path, name) or _has_rows(path, name)):
                continue
        except OSError as error:
            if not _is_of_another(path.relative_to(root), name):
                out_of_reach[path] = f"it may have rows of {name}: {error.strerror}"
            continue
        except LeftAlone as why:
            out_of_reach[path] = f"it may have rows of {name}: {why}"
            continue
        place = (
            path.resolve() if path.suffix == ".tsv" and not _is_of(name, path) else path.parent.resolve() / path.name
        )
        if root.resolve() not in place.parents:
            out_of_reach[place] = f"outside of the dataset, behind the link {_link_on(path)}"
        elif _is_of(name, path) or _is_left_unfinished(path, name):
            own.append(path)
        else:
            tables.append(path)
    links = {link: Path(os.path.realpath(link)) for path in own for link in _links_in(path) if os.path.exists(link)}
    fitted = root / "derivatives" / "model" / "fit.tsv"  # who has no row in it is in no result of the group
    copies = [copy for copy in left_behind() if _home(root, name) in copy.home.resolve().parents]
    is_fitted = fitted in tables or fitted in out_of_reach or not is_there(fitted)
    is_in_group = is_fitted and bool(own or tables or copies)
    return Traces(own, tables, group_results(root) if is_in_group else [], copies, links, out_of_reach)


def files_that_name(root: Path, name: str) -> tuple[list[Path], int]:
    """List other files whose name or text has the label: of other tools, or made by hand.

    Returns
    -------
    list of Path
        These files.
    int
        How many could not be searched, as they are large, not here, or not to be read.
    """
    found, unsearched = [], 0
    for path in _below(root, name, {}):
        if _is_of(name, path) or _is_folder(path):
            continue
        try:
            if _names(os.fsencode(path.name), name):
                found.append(path)
            elif is_unfetched(path) or path.stat().st_size > _SMALL:
                unsearched += 1
            elif _names(content_if_there(path) or b"", name):
                found.append(path)
        except OSError:
            unsearched += 1
    return found, unsearched


def kept_by_git(root: Path, name: str) -> dict[Path, str]:
    """Find what git keeps of a person if the dataset lies in a repository: where, and in words what."""
    repository = next((one for one in (root.resolve(), *root.resolve().parents) if is_there(one / ".git")), None)
    if repository is None:
        return {}
    git = repository / ".git"
    kept = {path: "a repository of git's own" for path in (git / "modules").rglob(name) if path.is_dir()}
    names = [f":(glob)**/{start}{name}{end}" for start in ("", ".", "._") for end in ("", "/**", "_*", ".*")]
    latest = ("log", "--all", "--max-count=1", "--format=%h")
    commit = _asked(root, *latest, "--", *names)
    commit = commit or _asked(root, *latest, f"-G{name}([^A-Za-z0-9]|$)", "--", "participants.tsv")
    if commit:
        kept[git] = f"its history, as in commit {commit}; `git filter-repo` can change it, and every clone has it too"
    elif _asked(root, "ls-files", "--", *names):
        kept[git] = "its index, as these files were added and not committed yet: `git add --update` takes them out"
    elif commit is None and repository == root.resolve():
        kept[git] = "git cannot be asked what its history holds"
    if git in kept and (git / "annex").is_dir():
        kept[git] += "; git-annex keeps what it has of them: `git annex unused` lists it once no commit has them"
    return kept


def leads_to(root: Path) -> set[Path]:
    """Give what the links in a dataset lead to."""
    return {Path(os.path.realpath(path)) for path in _below(root, None, {}) if path.is_symlink()}


def _asked(root: Path, *words: str) -> str | None:
    """Give what git says to a question; None if it does not answer."""
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _below(root: Path, name: str | None, out_of_reach: dict[Path, str]) -> Iterator[Path]:
    """Go through a dataset, also behind links that lead out of it; not into what is the person's, or git's."""
    real = root.resolve()
    seen, folders = {real}, [root]
    while folders:
        folder = folders.pop()
        try:
            paths = sorted(folder.iterdir())
        except OSError as error:
            if folder != root or not isinstance(error, FileNotFoundError):
                out_of_reach[folder] = f"this folder cannot be looked into ({error.strerror})"
            continue
        for path in paths:
            if path.name == ".git":
                continue
            yield path
            if not os.path.isdir(path) or (name and _is_of(name, path)):
                continue
            there = path.resolve()
            leads_back = path.is_symlink() and (real in there.parents or there in (real, *real.parents))
            if there not in seen and not leads_back:
                seen.add(there)
                folders.append(path)


def _is_of(name: str, path: Path) -> bool:
    """Whether a file is named after the person; the files that macOS and we put beside it begin with dots."""
    return re.match(rf"(\._|\.)?{re.escape(name)}(?![A-Za-z0-9])", path.name) is not None


def _is_of_another(path: Path, name: str) -> bool:
    """Whether a file is named after somebody else, or lies in somebody else's folder."""
    return any(re.match(r"(\._|\.)?sub-", part) for part in path.parts) and not _is_of(name, path)


def _is_left_unfinished(path: Path, name: str) -> bool:
    """Whether this is what a program that was killed had written so far of a table that has the person."""
    is_ours = path.name.startswith(".") and path.suffix == ".unfinished" and path.is_file()
    return is_ours and _names(path.read_bytes(), name)


def _has_rows(path: Path, name: str) -> bool:
    if path.suffix != ".tsv" or os.path.isdir(path):
        return False
    content = content_if_there(path) or b""
    try:
        return _names(content, COLUMN) and without_rows(content, COLUMN, name) != content
    except LeftAlone:
        if _names(content, name):
            raise
        return False


def _links_in(path: Path) -> Iterator[Path]:
    """List the links among a path and all that is in it."""
    if path.is_symlink():
        yield path
        return
    for folder, folders, files in os.walk(path):
        yield from (one for each in (*folders, *files) if (one := Path(folder, each)).is_symlink())


def _link_on(path: Path) -> Path:
    """Give the innermost link on the way to a path."""
    return next(one for one in (path, *path.parents) if one.is_symlink())


def _home(root: Path, name: str) -> Path:
    return (root / "sourcedata" / name).resolve()


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path) and not path.is_symlink()


def _count(folder: Path) -> str:
    count = sum(len(files) for _, _, files in os.walk(folder))
    return f"{count} file{'s' * (count != 1)}"


def _names(content: bytes, name: str) -> bool:
    """Whether a text has a label, and not only a longer one that begins or ends alike; in UTF-16, too."""
    for codec, letter in (("utf-8", b"[A-Za-z0-9]"), ("utf-16-le", b"[A-Za-z0-9]\0"), ("utf-16-be", b"\0[A-Za-z0-9]")):
        if re.search(b"(?<!%b)%b(?!%b)" % (letter, re.escape(name.encode(codec)), letter), content):
            return True
    return False
