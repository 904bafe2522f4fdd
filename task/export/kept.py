"""What an export says in the README beside its files, for whoever comes after it: of what these were made.

It is the one record of onset files. By it a later command knows which files are the export's own, whether they are as
they were written, and whether what they were made of is still the same.
"""

import hashlib
import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from task.computer.files import read_if_there
from task.computer.quoting import for_terminal
from task.config.glm import Glm
from task.config.mistakes import ConfigError
from task.glm.conditions import glm_to_export
from task.record.layout import Person

FORMATS = ("fsl", "afni", "spm", "nilearn")
WRITERS = 1
"""Raise this number whenever a writer makes something else of the same runs: a test asks for it."""
_STAMP, _SOURCE, _MADE_FROM = "GLM file: ", "To read it again: --glm ", "Made from: sha-256 "
_FILES = "Files of this export"
_DIGITS = 16  # of a digest: no two are alike by chance


class Kept(NamedTuple):
    """The onset files of a person for a package by a GLM, as the README beside them tells of them.

    Attributes
    ----------
    base : Path
        The folder that has a folder for each package.
    software, glm : str
        The package, and the GLM's name.
    person : Person
        Whose they are.
    text : str
        The README; empty if there is none.
    """

    base: Path
    software: str
    glm: str
    person: Person
    text: str

    @property
    def name(self) -> str:
        """What they are called where they are told of."""
        return f"{self.software}/{self.glm}"

    @property
    def folder(self) -> Path:
        """Where they and the README lie."""
        return self.base / self.software / self.glm / self.person.folder

    @property
    def func(self) -> Path:
        """Where those for FitLins lie, which belong to nilearn's."""
        return self.base / "fitlins" / self.glm / self.person.folder / "func"

    @property
    def command(self) -> str:
        """What to type to make them again."""
        planned = {"onsets_planned": ["--planned"], "onsets_simulated": ["--planned", "--choices", "simulated"]}
        more = planned.get(self.base.name, [])
        return for_terminal("export", *more, "--format", self.software, "--glm", self.source)

    @property
    def stamp(self) -> str:
        """The GLM file that they were made by, and its digest; empty if there are none."""
        return self._said(_STAMP)

    @property
    def source(self) -> str:
        """What to give to ``--glm`` to read that file again."""
        return self._said(_SOURCE) or self.glm

    @property
    def made_from(self) -> str:
        """The digest of what they were made of; empty in those of an early version."""
        return self._said(_MADE_FROM).partition(" ")[0]

    @property
    def files(self) -> dict[Path, str]:
        """The export's own files, each with the digest of its content, which is empty in those of an early version.

        What is listed and lies elsewhere is not ours.
        """
        listed = self.text.partition(f"\n{_FILES}")[2].splitlines()[1:]
        parts = [line.split() for line in listed]
        found = {self.base / name: digest for name, digest, *_ in ([*one, "", ""] for one in parts)}
        return {path: digest for path, digest in found.items() if path.parent in (self.folder, self.func)}

    def why_stale(self, made_from_now: str) -> str:
        """Say why the files do not follow from what there is now, by its digest; nothing if they do."""
        if self.made_from != made_from_now:
            return "what they were made of has changed since"
        differing = [path.name for path, digest in self.files.items() if digest_of(path) != digest]
        return f"gone, or not as they were made: {', '.join(differing)}" if differing else ""

    def clear(self, written: Collection[Path] = ()) -> None:
        """Remove its files, but for those written anew; without any, the README as well."""
        for path in self.files:
            if path not in written and path.is_file():
                path.unlink()
        if not written:
            (self.folder / "README").unlink(missing_ok=True)

    def _said(self, key: str) -> str:
        found = re.search(f"^{key}(.+)$", self.text, re.MULTILINE)
        return found[1] if found else ""


def kept_of(base: Path, software: str, glm: str, person: Person) -> Kept:
    """Read what the README of an export says."""
    readme = base / software / glm / person.folder / "README"
    return Kept(base, software, glm, person, read_if_there(readme, "replace"))


def all_kept(base: Path, person: Person | None = None) -> list[Kept]:
    """Find all onset files that exports have left, of a person or of everybody."""
    places = [person.folder.as_posix()] if person else ["sub-*", "sub-*/ses-*"]
    readmes = [readme for place in places for readme in base.glob(f"*/*/{place}/README")]
    found = []
    for readme in sorted(readmes):
        software, glm, participant, *session = readme.parent.relative_to(base).parts
        whose = Person(participant.removeprefix("sub-"), *(one.removeprefix("ses-") for one in session))
        found.append(kept_of(base, software, glm, whose))
    return [one for one in found if one.software in FORMATS and one.stamp]


def glm_of(kept: Kept) -> tuple[Glm | None, str]:
    """Read the GLM that files were made by; or say why it cannot be done, or is another now, and what to do."""
    try:
        glm = glm_to_export(kept.source)
    except ConfigError as error:
        why = str(error).splitlines()[0].removeprefix(f"{error.source}: ")
        what_to_do = "bring its file back, or remove these files"
        return None, f"their GLM {kept.source} cannot be read any more ({why}): {what_to_do}"
    if glm.stamp != kept.stamp:
        return None, f"their GLM has changed since: `{kept.command}` makes them by it as it is now"
    return glm, ""


def made_from(stamp: str, what: object) -> str:
    """Give the digest of all that onset files follow from: how they are written, the GLM's stamp, and what else."""
    return _digest(repr((WRITERS, stamp, what)).encode(errors="surrogatepass"))


def digest_of(path: Path) -> str:
    """Give the digest of a file; nothing if there is none."""
    return _digest(path.read_bytes()) if path.is_file() else ""


def head_lines(glm: Glm, made_from: str) -> list[str]:
    """Say of what files are made."""
    return [f"{_STAMP}{glm.stamp}", f"{_SOURCE}{glm.source}", f"{_MADE_FROM}{made_from} (`verify` works it out again)"]


def file_lines(base: Path, paths: Collection[Path]) -> list[str]:
    """List files, each with its digest."""
    title = f"{_FILES}, in the folder that has one for each package, each with its digest"
    return [title, *(f"    {path.relative_to(base).as_posix()}  {digest_of(path)}" for path in paths)]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]
